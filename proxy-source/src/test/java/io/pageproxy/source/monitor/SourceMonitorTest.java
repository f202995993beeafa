package io.pageproxy.source.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.posix.DescriptorChannel;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.source.monitor.MonitorLab.Event;
import io.pageproxy.source.monitor.MonitorMessage.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a network process can ask for, that of an attacker too. */
@Timeout(60)
class SourceMonitorTest {
    @TempDir Path folder;
    private MonitorLab lab;

    @BeforeEach
    void open() throws IOException {
        lab = new MonitorLab(folder);
    }

    @AfterEach
    void close() throws IOException {
        lab.close();
    }

    // ---- what a job permits

    @Test
    void dumpOfJobIsStartedByItsPermitAndItsSocketGoesToTheNetworkProcess() throws Exception {
        CompletableFuture<JobEnd> end = lab.migrate(false, 0);
        assertThat(lab.call(Kind.LIVES, 0).number()).isEqualTo(1);
        assertThat(lab.call(Kind.OPEN, 0).kind()).isEqualTo(Kind.DONE);
        Event started = lab.call(Kind.DUMP, 0);
        assertThat(started.kind()).isEqualTo(Kind.DONE);
        assertThat(started.read()).isEqualTo("hello\n");
        assertThat(lab.next().kind()).isEqualTo(Kind.HELD);
        assertThat(lab.commands()).hasSize(1);
        assertThat(lab.commands().get(0))
                .startsWith(
                        "dump --tree "
                                + lab.root.pid()
                                + " --images-dir "
                                + lab.images
                                + " --log-file dump.log --action-script ")
                .endsWith(" --shell-job --page-server --ps-socket 3");
        assertThat(lab.call(Kind.COUNT, 0).number()).isEqualTo(1);
        assertThat(lab.call(Kind.AWAIT_GONE, 0).number()).isZero();
        assertThat(lab.call(Kind.GO, 0).kind()).isEqualTo(Kind.DONE);
        assertThat(lab.next().kind()).isEqualTo(Kind.EXITED);
        assertThat(lab.call(Kind.AWAIT_GONE, 10_000).number()).isEqualTo(1);
        assertThat(lab.call(Kind.LIVES, 0).number()).isZero();
        lab.send(Kind.OVER, 0);
        assertThat(end.get(10, TimeUnit.SECONDS).exitCode()).hasValue(0);
    }

    @Test
    void imagesAreOpenedForReadingOnlyAndNoLinkIsFollowed() throws Exception {
        lab.migrate(false, 0);
        lab.hold();
        lab.send(Kind.IMAGES, 0);
        List<String> names = new ArrayList<>();
        Event event = lab.next();
        for (; event.kind() == Kind.IMAGE; event = lab.next()) {
            names.add(event.text());
            int descriptor = event.descriptor().getAsInt();
            ByteBuffer bytes = ByteBuffer.allocateDirect(1);
            DescriptorChannel channel = new DescriptorChannel(Posix.libc(), descriptor);
            assertThatThrownBy(() -> channel.write(bytes)).hasMessageContaining("Bad file");
            assertThat(event.read() + event.number())
                    .isEqualTo(
                            event.text().replace("-1", "").replace(".img", "\n") + length(event));
        }
        assertThat(names).containsExactly("core-1.img", "inventory.img");
        assertThat(event.number()).isEqualTo(2);
    }

    private static long length(Event image) {
        return image.text().equals("core-1.img") ? 5 : 10;
    }

    @Test
    void roundsAreThoseOfThePlan() throws Exception {
        lab.migrate(false, 1);
        lab.call(Kind.OPEN, 0);
        assertThat(lab.call(Kind.PRE_DUMP, 1).read()).isEqualTo("hello\n");
        assertThat(lab.next().kind()).isEqualTo(Kind.EXITED);
        assertThat(lab.commands().get(0)).startsWith("pre-dump --tree ");
        lab.send(Kind.PRE_DUMP, 2);
        assertThat(lab.violation()).isEqualTo("PRE_DUMP 2, which its job does not permit now");
    }

    @Test
    void commandOfJobIsStartedOnce() throws Exception {
        lab.dumper("sh", "-c", "echo $0 $* >&3", "dump");
        assertThat(lab.call(Kind.COMMAND, 0).read())
                .isEqualTo("dump --page-server --ps-socket 3\n");
        assertThat(lab.next().kind()).isEqualTo(Kind.EXITED);
        lab.send(Kind.COMMAND, 0);
        assertThat(lab.violation()).isEqualTo("COMMAND 0, which its job does not permit now");
    }

    @Test
    void failureOfDumpIsToldWithTheEndOfItsLog() throws Exception {
        lab.migrate(false, 0);
        lab.hold();
        lab.call(Kind.RELEASE, 0);
        assertThat(lab.next().text()).isEqualTo("Error (x.c:1): not let go on");
        assertThat(lab.next().number()).isEqualTo(1);
        assertThat(lab.root.lives()).isTrue();
    }

    @Test
    void whatJobSaysIsMadeSafe() throws Exception {
        CompletableFuture<JobEnd> end = lab.migrate(false, 0);
        lab.send(Kind.STDOUT, 1, 0, "red \u001b[31m\n");
        lab.send(Kind.PROGRESS, 1, 0, "{\"text\":\"\\u001b]0;\",\"bytes\":7,\"x\":[1,null]}");
        lab.send(Kind.REPORT, 1, 0, "{\"result\":");
        lab.send(Kind.REPORT, 1, 1, "\"\\u001bc\"}");
        lab.send(Kind.OVER, 3);
        assertThat(end.get(10, TimeUnit.SECONDS).exitCode()).hasValue(3);
        assertThat(lab.said)
                .containsExactly(
                        "stdout red ?[31m\n",
                        "progress ?]0; {\"bytes\":7,\"x\":[1,null]}",
                        "report {\"result\":\"?c\"}");
        assertThat(end.join().report()).hasValue("{\"result\":\"?c\"}");
    }

    @Test
    void jobIsToldToStop() throws Exception {
        lab.migrate(false, 0);
        lab.stopJob();
        assertThat(lab.next().kind()).isEqualTo(Kind.STOP_JOB);
    }

    // ---- what no job permits

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"LISTENING_FOR_SIGNALS", "READY", "ALIVE"},
            mode = EnumSource.Mode.EXCLUDE)
    void anythingForJobThatIsNoneEndsIt(Kind kind) throws Exception {
        lab.send(kind, 7, 0, "");
        assertThat(lab.violation()).isEqualTo(kind + " for a job that is none");
        assertThat(lab.root.lives()).isTrue();
    }

    @Test
    void callForJobThatIsOverEndsIt() throws Exception {
        CompletableFuture<JobEnd> end = lab.migrate(false, 0);
        lab.send(Kind.OVER, 0);
        end.get(10, TimeUnit.SECONDS);
        lab.send(Kind.LIVES, 0);
        assertThat(lab.violation()).startsWith("LIVES for a job that is");
    }

    /** In the state in which a push migration is: before it is opened, opened, or held. */
    @ParameterizedTest
    @CsvSource({
        "NEW, DUMP, 0",
        "NEW, GO, 0",
        "NEW, RELEASE, 0",
        "NEW, IMAGES, 0",
        "NEW, COUNT, 0",
        "NEW, AWAIT_GONE, 0",
        "NEW, UNLOCK, 0",
        "NEW, PRE_DUMP, 1",
        "NEW, ABORT, 0",
        "NEW, COMMAND, 0",
        "NEW, OPEN, 20000",
        "NEW, WATCH, 0",
        "NEW, STOP, 0",
        "NEW, RESUME, 0",
        "NEW, END, 0",
        "NEW, RESUME_AFTER, 1",
        "OPEN, OPEN, 0",
        "OPEN, GO, 0",
        "OPEN, IMAGES, 0",
        "OPEN, COUNT, 0",
        "OPEN, PRE_DUMP, 1",
        "OPEN, COMMAND, 0",
        "OPEN, END, 0",
        "HELD, DUMP, 0",
        "HELD, OPEN, 0",
        "HELD, PRE_DUMP, 1",
        "HELD, COMMAND, 0",
        "HELD, AWAIT_GONE, 0",
        "HELD, UNLOCK, 0",
        "HELD, IMAGES, -1",
        "HELD, STOP, 0",
        "HELD, END, 0",
        "HELD, ABORT, 0"
    })
    void callThatMigrationDoesNotPermitNowEndsItAndTreeLives(String state, Kind kind, long number)
            throws Exception {
        CompletableFuture<JobEnd> end = lab.migrate(false, 0);
        if (state.equals("OPEN")) {
            lab.call(Kind.OPEN, 0);
        } else if (state.equals("HELD")) {
            lab.hold();
        }
        lab.send(kind, number);
        assertThat(lab.violation())
                .isEqualTo(kind + " " + number + ", which its job does not permit now");
        assertThat(end.get(20, TimeUnit.SECONDS).exitCode()).isEmpty();
        assertThat(end.join().treeLives()).isTrue();
        int dumps = state.equals("HELD") ? 1 : 0;
        assertThat(Files.exists(folder.resolve("commands")) ? lab.commands() : List.of())
                .hasSize(dumps);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 22, 1023, 65_536, -1})
    void lazyDumpListensAtOrdinaryPortsOnly(long port) throws Exception {
        lab.migrate(true, 0);
        lab.send(Kind.OPEN, port);
        assertThat(lab.violation())
                .isEqualTo("OPEN " + port + ", which its job does not permit now");
    }

    @ParameterizedTest
    @CsvSource({"STOP, 0", "END, 0", "RESUME_AFTER, 1", "PRE_DUMP, 1", "COUNT, 0"})
    void callThatLazyMigrationDoesNotPermitYetEndsIt(Kind kind, long number) throws Exception {
        lab.migrate(true, 0);
        lab.call(Kind.OPEN, 20_000);
        lab.send(kind, number);
        assertThat(lab.violation())
                .isEqualTo(kind + " " + number + ", which its job does not permit now");
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"LIVES", "OPEN", "DUMP", "GO", "IMAGES", "COUNT", "END", "PRE_DUMP"})
    void jobWithoutTreePermitsNothingOfTrees(Kind kind) throws Exception {
        lab.dumper("true");
        lab.send(kind, 0);
        assertThat(lab.violation()).isEqualTo(kind + " 0, which its job does not permit now");
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"SERVING", "JOB", "STOP_JOB", "DONE", "FAILED", "IMAGE", "HELD", "EXITED"})
    void eventOfMonitorEndsIt(Kind kind) throws Exception {
        lab.migrate(false, 0);
        lab.send(kind, 0);
        assertThat(lab.violation()).isEqualTo("an event of the monitor: " + kind);
    }

    @Test
    void secondCallBeforeAnAnswerEndsIt() throws Exception {
        lab.migrate(false, 0);
        lab.hold();
        lab.call(Kind.COUNT, 0);
        lab.send(Kind.AWAIT_GONE, 60_000);
        lab.send(Kind.GO, 0);
        assertThat(lab.violation()).isEqualTo("GO before an answer");
        assertThat(lab.root.lives()).isTrue();
    }

    @Test
    void garbageEndsIt() throws Exception {
        ByteBuffer packet = ByteBuffer.allocateDirect(20);
        packet.put(0, (byte) 99);
        lab.network.send(packet, OptionalInt.empty());
        assertThat(lab.violation()).isEqualTo("a message of the unknown kind 99");
    }

    @Test
    void shortPacketEndsIt() throws Exception {
        lab.network.send(ByteBuffer.allocateDirect(3), OptionalInt.empty());
        assertThat(lab.violation()).isEqualTo("a message of 3 bytes");
    }

    @Test
    void longPacketEndsIt() throws Exception {
        lab.network.send(
                ByteBuffer.allocateDirect(MonitorMessage.MAX_REQUEST_BYTES + 1),
                OptionalInt.empty());
        assertThat(lab.violation()).startsWith("a packet is too long");
    }

    @Test
    void descriptorEndsIt() throws Exception {
        lab.network.send(new MonitorMessage(Kind.READY, 0).encode(), OptionalInt.of(0));
        assertThat(lab.violation()).isEqualTo("a descriptor");
    }

    @Test
    void reportThatIsTooLongEndsIt() throws Exception {
        lab.migrate(false, 0);
        String piece = " ".repeat(MonitorMessage.PIECE_CHARS);
        int pieces = MonitoredJob.MAX_REPORT_CHARS / MonitorMessage.PIECE_CHARS;
        for (int i = 0; i <= pieces; i++) {
            lab.send(Kind.REPORT, 1, 0, piece);
        }
        assertThat(lab.violation()).isEqualTo("a report that is too long");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[1]", "{\"a\":", "{} {}", "{\"a\":[[[[[[[[1]]]]]]]]}"})
    void reportThatIsNoObjectEndsIt(String json) throws Exception {
        lab.migrate(false, 0);
        lab.send(Kind.REPORT, 1, 1, json);
        assertThat(lab.violation()).isNotEmpty();
        assertThat(lab.said).isEmpty();
    }

    // ---- the end of the network process

    @Test
    void endOfNetworkProcessReleasesHeldDumpAndTreeLives() throws Exception {
        CompletableFuture<JobEnd> end = lab.migrate(false, 0);
        lab.hold();
        lab.network.close();
        JobEnd ended = end.get(20, TimeUnit.SECONDS);
        assertThat(ended.exitCode()).isEmpty();
        assertThat(ended.wentOn()).isFalse();
        assertThat(ended.treeLives()).isTrue();
        assertThat(lab.monitor.fault())
                .hasValueSatisfying(why -> assertThat(why).contains("ended"));
    }

    @Test
    void endOfNetworkProcessAfterTheDumpWentOnIsTold() throws Exception {
        CompletableFuture<JobEnd> end = lab.migrate(false, 0);
        lab.hold();
        lab.call(Kind.GO, 0);
        lab.network.close();
        JobEnd ended = end.get(20, TimeUnit.SECONDS);
        assertThat(ended.wentOn()).isTrue();
        assertThat(ended.treeLives()).isFalse();
    }

    /** It may hang, or be stopped: frozen tasks do not wait for it for ever. */
    @Test
    void silenceOfNetworkProcessReleasesHeldDump() throws Exception {
        lab.close();
        lab =
                new MonitorLab(
                        Files.createDirectory(folder.resolve("silent")), Duration.ofSeconds(1));
        lab.migrate(false, 0);
        lab.hold();
        assertThat(lab.next().text()).isEqualTo("Error (x.c:1): not let go on");
        assertThat(lab.root.lives()).isTrue();
    }

    @Test
    void jobThatIsOverWithItsDumpHeldLetsTreeLive() throws Exception {
        CompletableFuture<JobEnd> end = lab.migrate(false, 0);
        lab.hold();
        lab.send(Kind.OVER, 0);
        assertThat(end.get(20, TimeUnit.SECONDS).treeLives()).isTrue();
    }

    @Test
    void jobThatIsGivenAfterTheEndIsOverAtOnce() throws Exception {
        lab.network.close();
        lab.served.get(10, TimeUnit.SECONDS);
        JobEnd end =
                lab.monitor
                        .newJob()
                        .run(
                                List.of("/", "migrate"),
                                new JobPermit(
                                        Optional.empty(), List.of(), new PosixChildLauncher(4096)),
                                null);
        assertThat(end.exitCode()).isEmpty();
    }
}
