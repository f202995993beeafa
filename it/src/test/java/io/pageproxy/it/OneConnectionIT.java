package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pageproxy.it.Images.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Several consecutive sessions over one connection of a dumper: go-criu's phaul opens one and
 * passes its descriptor to each pre-dump and to the final dump.
 */
@Timeout(180)
class OneConnectionIT {
    private static final long PID = 77;
    private static final long ADDRESS = 0x7f00_0000_0000L;

    /** Connects, and runs each of the commands, separated by "then", with the socket. */
    private static final String WITH_ONE_SOCKET =
            "use IO::Socket::UNIX; $^F = 255;"
                    + " my $s = IO::Socket::UNIX->new(Peer => shift) or die $!; my @command;"
                    + " for (@ARGV, 'then') {"
                    + "   push(@command, $_), next if $_ ne 'then';"
                    + "   system(@command, qw(--page-server --ps-socket), $s->fileno) == 0"
                    + "     or die \"ended with $?\";"
                    + "   @command = (); }";

    @RegisterExtension final Lab lab = new Lab();

    @ParameterizedTest
    @CsvSource({"BYTES_24, tcp", "BYTES_32, unix"})
    void threeRoundsReferToEachOther(Criu criu, String kind) throws IOException {
        Command source = chain(lab.dest(criu), kind);
        try (ProtocolDumper dumper = new ProtocolDumper(criu, source.awaitLine("listening "))) {
            assertThat(dumper.open(PID)).as("has a parent").isFalse();
            dumper.pages(PID, page(0), 8, 1);
            assertThat(dumper.finish()).isTrue();

            assertThat(dumper.askForParent(PID)).isEqualTo(1);
            assertThat(dumper.open(PID)).as("has a parent").isTrue();
            dumper.hole(PID, page(0), 4);
            dumper.pages(PID, page(4), 2, 2);
            dumper.hole(PID, page(6), 2);
            assertThat(dumper.finish()).isTrue();

            assertThat(dumper.open(PID)).as("has a parent").isTrue();
            dumper.pages(PID, page(0), 1, 3);
            dumper.hole(PID, page(1), 7);
            assertThat(dumper.finish()).isTrue();
        }
        source.terminate();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(source.stderr()).doesNotContain("WARN").doesNotContain("FAILED");

        assertThat(folder(1).resolve("parent")).doesNotExist();
        assertThat(Files.readSymbolicLink(folder(2).resolve("parent"))).isEqualTo(Path.of("../1"));
        assertThat(Files.readSymbolicLink(folder(3).resolve("parent"))).isEqualTo(Path.of("../2"));
        assertThat(runs(1)).containsExactly(new Run(page(0), 8, Images.PRESENT));
        assertThat(runs(2))
                .containsExactly(
                        new Run(page(0), 4, Images.PARENT),
                        new Run(page(4), 2, Images.PRESENT),
                        new Run(page(6), 2, Images.PARENT));
        assertThat(runs(3))
                .containsExactly(
                        new Run(page(0), 1, Images.PRESENT), new Run(page(1), 7, Images.PARENT));
        assertThat(Images.onlyPages(folder(2))).hasSize(2 * Images.PAGE_BYTES).containsOnly(2);
        assertThat(lab.images().resolve("web/4")).doesNotExist();
    }

    @Test
    void failedRoundIsReportedAndEarlierRoundsStayComplete() throws IOException {
        Command source = chain(lab.dest(Criu.BYTES_32), "tcp");
        String address = source.awaitLine("listening ");
        try (ProtocolDumper dumper = new ProtocolDumper(Criu.BYTES_32, address)) {
            sendRound(dumper, 1);
            assertThat(dumper.open(PID)).as("has a parent").isTrue();
            dumper.hole(PID, page(100), 1);
            assertThat(dumper.finish()).as("a hole that the parent lacks").isFalse();
            assertThat(dumper.isDisconnected()).isTrue();
        }
        Images.assertMarkedOrGone(folder(2));
        assertThat(Images.isMarked(folder(1))).isFalse();
        assertThat(Images.onlyPages(folder(1))).hasSize(8 * Images.PAGE_BYTES).containsOnly(1);

        try (ProtocolDumper again =
                await().ignoreExceptions()
                        .until(() -> new ProtocolDumper(Criu.BYTES_32, address), d -> true)) {
            assertThat(again.open(PID)).as("round 1 is the parent of the next").isTrue();
            again.hole(PID, page(0), 8);
            assertThat(again.finish()).isTrue();
        }
        assertThat(Files.readSymbolicLink(folder(3).resolve("parent"))).isEqualTo(Path.of("../1"));
        source.terminate();
        assertThat(source.awaitExit()).as("that of the failed round").isEqualTo(5);
    }

    @Test
    void destinationKilledDuringRoundFailsItAndNextIsRefused() throws IOException {
        Command dest = lab.dest(Criu.BYTES_32);
        Command source = chain(dest, "unix");
        String address = source.awaitLine("listening ");
        try (ProtocolDumper dumper = new ProtocolDumper(Criu.BYTES_32, address);
                ProtocolDumper idle = afterFirstRound(source, dumper)) {
            dumper.open(PID);
            dumper.pages(PID, page(0), 8, 2);
            dest.kill();
            assertThat(dumper.isDisconnected()).as("in the middle of a round").isTrue();
            assertThatThrownBy(() -> idle.open(PID)).isInstanceOf(IOException.class);
        }
        assertThat(source.stderr()).contains("a dumper's next session on its connection is cut");
        assertThat(Images.onlyPages(folder(1))).hasSize(8 * Images.PAGE_BYTES).containsOnly(1);
        assertThat(Images.isMarked(folder(1))).isFalse();
        Images.assertMarkedOrGone(folder(3));
    }

    /** Connects another dumper for one round, after the first dumper's first round. */
    private ProtocolDumper afterFirstRound(Command source, ProtocolDumper dumper)
            throws IOException {
        sendRound(dumper, 1);
        ProtocolDumper other = new ProtocolDumper(Criu.BYTES_32, source.awaitLine("listening ", 2));
        sendRound(other, 2);
        return other;
    }

    /** Both dumpers keep their connections, and each gets the sessions that it requests. */
    @Test
    void twoDumpersRunRoundsConcurrently() throws IOException {
        Command source =
                lab.listeningSource(
                        lab.dest(Criu.BYTES_32),
                        "--max-sessions",
                        "2",
                        "--lanes",
                        "2",
                        "--session",
                        "web/{n}");
        try (ProtocolDumper one =
                        new ProtocolDumper(Criu.BYTES_32, source.awaitLine("listening "));
                ProtocolDumper two =
                        new ProtocolDumper(Criu.BYTES_32, source.awaitLine("listening ", 2))) {
            for (int round = 1; round <= 4; round++) {
                one.open(PID);
                two.open(PID);
                one.pages(PID, page(0), 4, round);
                two.pages(PID, page(0), 4, round + 100);
                assertThat(two.finish()).as("round %s of the second", round).isTrue();
                assertThat(one.finish()).as("round %s of the first", round).isTrue();
            }
        }
        source.terminate();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        List<Integer> fills = new ArrayList<>();
        for (int number = 1; number <= 8; number++) {
            byte[] pages = Images.onlyPages(folder(number));
            assertThat(pages).hasSize(4 * Images.PAGE_BYTES).containsOnly(pages[0]);
            fills.add((int) pages[0]);
        }
        assertThat(fills).containsExactlyInAnyOrder(1, 2, 3, 4, 101, 102, 103, 104);
    }

    @Test
    void onceEndsAfterOneSession() throws IOException {
        Command source =
                lab.listeningSource(lab.dest(Criu.BYTES_32), "--once", "--session", "web/{n}");
        try (ProtocolDumper dumper =
                new ProtocolDumper(Criu.BYTES_32, source.awaitLine("listening "))) {
            sendRound(dumper, 1);
            assertThat(dumper.isClosed()).isTrue();
        }
        assertThat(source.awaitExit()).as(source::toString).isZero();
    }

    @Test
    void idleConnectionIsClosedAndSourceContinues() throws IOException {
        Command source =
                lab.listeningSource(
                        lab.dest(Criu.BYTES_32),
                        "--dumper-idle-timeout",
                        "200ms",
                        "--session",
                        "web/{n}");
        try (ProtocolDumper dumper =
                        new ProtocolDumper(Criu.BYTES_32, source.awaitLine("listening "));
                ProtocolDumper next = secondAfterFirst(source, dumper)) {
            assertThat(dumper.isClosed()).isTrue();
            sendRound(next, 2);
        }
        await().until(() -> source.stderr().contains("--dumper-idle-timeout"));
        source.terminate();
        assertThat(source.awaitExit()).as(source::toString).isZero();
    }

    private static ProtocolDumper secondAfterFirst(Command source, ProtocolDumper first)
            throws IOException {
        sendRound(first, 1);
        return new ProtocolDumper(Criu.BYTES_32, source.awaitLine("listening ", 2));
    }

    /** Dumps that leave the tasks running replace pre-dumps, which not every kernel supports. */
    @ParameterizedTest
    @CsvSource({"BYTES_24", "BYTES_32"})
    void realDumpsShareOneDescriptorAndLastOneIsRestored(Criu criu) {
        Workload workload = lab.memory("work", 8);
        Command source = listening(lab.dest(criu), "unix", "--session", "web/{n}");
        List<String> words = new ArrayList<>(List.of("perl", "-e", WITH_ONE_SOCKET));
        words.add(source.awaitLine("listening ").substring("unix:".length()));
        for (int round = 1; round <= 2; round++) {
            words.addAll(criu.dump(workload, lab.folder("dump-" + round)));
            words.addAll(List.of("--leave-running", "then"));
        }
        Path last = lab.folder("dump");
        words.addAll(criu.dump(workload, last));
        Command dumper = lab.start("rounds", words);

        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        source.terminate();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        lab.restoreAndCheck(criu, workload, last, "web/3");
        Images.assertComplete(folder(1));
        Images.assertComplete(folder(2));
    }

    private static void sendRound(ProtocolDumper dumper, int fill) throws IOException {
        dumper.open(PID);
        dumper.pages(PID, page(0), 8, fill);
        assertThat(dumper.finish()).isTrue();
    }

    private Command chain(Command dest, String kind) {
        return listening(dest, kind, "--session", "web/{n}", "--parent", "{last}");
    }

    private Command listening(Command dest, String kind, String... more) {
        List<String> words = new ArrayList<>(List.of(more));
        words.add("--listen");
        words.add(kind.equals("unix") ? "unix:" + lab.folder("run").resolve("s") : "127.0.0.1:0");
        return lab.source(dest, words.toArray(String[]::new));
    }

    private Path folder(int round) {
        return lab.images().resolve("web/" + round);
    }

    private List<Run> runs(int round) {
        return Images.runs(folder(round).resolve("pagemap-" + PID + ".img"));
    }

    private static long page(int index) {
        return ADDRESS + (long) index * Images.PAGE_BYTES;
    }
}
