package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.it.Images.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Iterative migration: each round's images refer to those of the previous round. */
class IterativeIT {
    private static final long PID = 77;
    private static final long ADDRESS = 0x7f00_0000_0000L;
    private static final int MEMORY_PAGES = 2048;

    @RegisterExtension final Lab lab = new Lab();

    @ParameterizedTest
    @EnumSource(Criu.class)
    void threeRoundsReferToEachOther(Criu criu) throws IOException {
        Command dest = lab.dest(criu);

        try (ProtocolDumper dumper = dumper(criu, dest, "--session", "web/1")) {
            assertThat(dumper.open(PID)).as("has a parent").isFalse();
            dumper.pages(PID, page(0), 8, 1);
            assertThat(dumper.finish()).isTrue();
        }
        try (ProtocolDumper dumper =
                dumper(criu, dest, "--session", "web/2", "--parent", "web/1")) {
            assertThat(dumper.askForParent(PID)).isEqualTo(1);
            assertThat(dumper.askForParent(PID + 1)).isZero();
            assertThat(dumper.open(PID)).as("has a parent").isTrue();
            dumper.hole(PID, page(0), 4);
            dumper.pages(PID, page(4), 2, 2);
            dumper.hole(PID, page(6), 2);
            assertThat(dumper.finish()).isTrue();
        }
        try (ProtocolDumper dumper =
                dumper(criu, dest, "--session", "web/3", "--parent", "web/2")) {
            assertThat(dumper.open(PID)).as("has a parent").isTrue();
            dumper.pages(PID, page(0), 1, 3);
            dumper.hole(PID, page(1), 7);
            dumper.pages(PID, page(8), 1, 3);
            assertThat(dumper.finish()).isTrue();
            assertThat(dumper.finish()).as("a word after the end").isFalse();
        }

        assertThat(Files.exists(folder(1).resolve("parent"))).isFalse();
        assertThat(Files.readSymbolicLink(folder(2).resolve("parent"))).isEqualTo(Path.of("../1"));
        assertThat(Files.readSymbolicLink(folder(3).resolve("parent"))).isEqualTo(Path.of("../2"));
        assertThat(Images.runs(pagemap(2)))
                .containsExactly(
                        new Run(page(0), 4, Images.PARENT),
                        new Run(page(4), 2, Images.PRESENT),
                        new Run(page(6), 2, Images.PARENT));
        assertThat(Images.runs(pagemap(3)))
                .containsExactly(
                        new Run(page(0), 1, Images.PRESENT),
                        new Run(page(1), 7, Images.PARENT),
                        new Run(page(8), 1, Images.PRESENT));
        Images.assertComplete(folder(3));
    }

    /** Pages of all earlier rounds are not sent again. */
    @Test
    void roundsOfOneSourceSendOnlyChangedPages() throws IOException {
        Criu criu = Criu.BYTES_32;
        Command dest = lab.dest(criu);
        Path summary = lab.folder("summaries").resolve("source");
        Command source =
                lab.listeningSource(
                        dest,
                        "--session",
                        "web/{n}",
                        "--parent",
                        "{last}",
                        "--codec",
                        "lz4",
                        "--summary",
                        summary.toString());
        byte[] memory = new byte[MEMORY_PAGES * Images.PAGE_BYTES];
        new Random(5).nextBytes(memory);

        sendRound(criu, source, 1, memory);
        for (int at = 0; at < memory.length / 2; at += Images.PAGE_BYTES) {
            memory[at] ^= 1;
        }
        sendRound(criu, source, 2, memory);
        sendRound(criu, source, 3, memory);
        source.awaitLine("listening ", 4);
        source.terminate();
        assertThat(source.awaitExit()).as(source::toString).isZero();

        List<String> rounds = Files.readAllLines(summary);
        assertThat(changes(rounds.get(0))).isEqualTo("0 repeated, 0 changed");
        assertThat(changes(rounds.get(1)))
                .isEqualTo(MEMORY_PAGES / 2 + " repeated, " + MEMORY_PAGES / 2 + " changed");
        assertThat(changes(rounds.get(2))).isEqualTo(MEMORY_PAGES + " repeated, 0 changed");
        assertThat(Images.onlyPages(folder(2))).isEqualTo(memory);
        assertThat(Images.onlyPages(folder(3))).isEqualTo(memory);
    }

    private static void sendRound(Criu criu, Command source, int round, byte[] memory)
            throws IOException {
        String address = source.awaitLine("listening ", round);
        try (ProtocolDumper dumper = new ProtocolDumper(criu, address)) {
            assertThat(dumper.open(PID)).as("has a parent").isEqualTo(round > 1);
            dumper.pages(PID, page(0), memory);
            assertThat(dumper.finish()).isTrue();
        }
    }

    private static String changes(String summary) throws IOException {
        Map<String, String> values = Summary.parse(summary);
        return values.get("repeated_pages")
                + " repeated, "
                + values.get("changed_pages")
                + " changed";
    }

    @Test
    void parentPagesMissingInParentFailSession() throws IOException {
        Command dest = lab.dest(Criu.BYTES_32);
        try (ProtocolDumper dumper = dumper(Criu.BYTES_32, dest, "--session", "web/1")) {
            dumper.open(PID);
            dumper.pages(PID, page(0), 8, 1);
            assertThat(dumper.finish()).isTrue();
        }

        Command source =
                lab.listeningSource(dest, "--once", "--session", "web/2", "--parent", "web/1");
        try (ProtocolDumper dumper = new ProtocolDumper(Criu.BYTES_32, Lab.address(source))) {
            dumper.open(PID);
            dumper.hole(PID, page(100), 1);
            assertThat(dumper.finish()).isFalse();
        }
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(5);
        dest.terminate();
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(5);
        Images.assertMarkedOrGone(folder(2));
    }

    private ProtocolDumper dumper(Criu criu, Command dest, String... options) throws IOException {
        String[] words = new String[options.length + 1];
        words[0] = "--once";
        System.arraycopy(options, 0, words, 1, options.length);
        return new ProtocolDumper(criu, Lab.address(lab.listeningSource(dest, words)));
    }

    private Path folder(int round) {
        return lab.images().resolve("web/" + round);
    }

    private Path pagemap(int round) {
        return folder(round).resolve("pagemap-" + PID + ".img");
    }

    private static long page(int index) {
        return ADDRESS + (long) index * Images.PAGE_BYTES;
    }
}
