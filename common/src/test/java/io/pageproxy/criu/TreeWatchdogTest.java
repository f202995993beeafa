package io.pageproxy.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pageproxy.posix.Posix;
import io.pageproxy.posix.Signals;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.process.SocketPair;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class TreeWatchdogTest {
    /** The root's name looks like the fields that follow it in /proc/PID/stat. */
    private static final String TREE =
            "printf 'x) R 1' >/proc/self/comm; (sleep 300 & sleep 300; :) & sleep 300 & wait";

    private final PosixChildLauncher launcher = launcher();
    private Process root;
    private Task rootTask;
    private List<ProcessHandle> tasks = List.of();

    private static PosixChildLauncher launcher() {
        try {
            return new PosixChildLauncher(4096);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @BeforeEach
    void startTree() throws IOException {
        root = new ProcessBuilder("sh", "-c", TREE).start();
        await().until(() -> root.descendants().count() == 4);
        rootTask = task(root);
        tasks = Stream.concat(Stream.of(root.toHandle()), root.descendants()).toList();
    }

    @AfterEach
    void endTree() {
        tasks.forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void stopAndContReachEveryTask() throws IOException {
        try (TreeWatchdog watchdog = watch(OptionalInt.empty())) {
            watchdog.apply(TreeWatchdog.Action.STOP);
            await().until(() -> tasks.stream().allMatch(task -> state(task) == 'T'));
            watchdog.apply(TreeWatchdog.Action.CONT);
            await().until(() -> tasks.stream().allMatch(task -> state(task) == 'S'));
            watchdog.leave();
        }
        assertThat(tasks).allMatch(ProcessHandle::isAlive);
    }

    @Test
    void killReturnsWhenNoTaskIsLeft() throws IOException {
        try (TreeWatchdog watchdog = watch(OptionalInt.empty())) {
            watchdog.apply(TreeWatchdog.Action.KILL);
            assertThat(tasks).allMatch(task -> state(task) == 'Z' || state(task) == 'X');
        }
    }

    /** Its children have another parent then, but are known. */
    @Test
    void killReachesChildrenOfADeadRoot() throws IOException {
        TreeWatchdog watchdog = watch(OptionalInt.empty());
        root.destroyForcibly();
        await().until(() -> !root.isAlive());
        watchdog.apply(TreeWatchdog.Action.KILL);
        assertThat(tasks).allMatch(task -> state(task) == 'Z' || state(task) == 'X');
    }

    @Test
    void treeIsKilledWhenTheOwnerExits() throws IOException {
        watch(OptionalInt.empty()).close();
        await().until(() -> tasks.stream().allMatch(t -> state(t) == 'Z' || state(t) == 'X'));
    }

    /** Once it is started the watchdog may be all that is left, and then does what it was told. */
    @ParameterizedTest
    @CsvSource({"CONT, S", "STOP, T", "KILL, ZX"})
    void firstActionIsAppliedWhenTheOwnerExitsBeforeItsFirstRequest(
            TreeWatchdog.Action first, String states) throws Exception {
        OwnerThatExits owner = new OwnerThatExits(launcher);
        assertThatThrownBy(() -> TreeWatchdog.start(owner, task(root), first, OptionalInt.empty()))
                .isInstanceOf(IOException.class);
        owner.awaitWatchdogExit();
        await().untilAsserted(
                        () ->
                                assertThat(tasks)
                                        .extracting(TreeWatchdogTest::state)
                                        .allMatch(state -> states.indexOf(state) >= 0));
    }

    @Test
    void actionForOwnerExitIsApplied() throws IOException {
        TreeWatchdog watchdog = watch(OptionalInt.empty());
        watchdog.apply(TreeWatchdog.Action.STOP);
        watchdog.onOwnerExit(TreeWatchdog.Action.CONT, Duration.ZERO);
        watchdog.close();
        await().until(() -> tasks.stream().allMatch(task -> state(task) == 'S'));
    }

    @ParameterizedTest
    @CsvSource({"KILL, true", "CONT, false"})
    void commandRunsAfterATreeWasKilledBecauseTheOwnerHasExited(
            TreeWatchdog.Action last, boolean runs, @TempDir Path folder) throws Exception {
        OwnerThatExits owner = new OwnerThatExits(launcher);
        List<String> command = List.of("touch", folder.resolve("done").toString());
        OptionalInt none = OptionalInt.empty();
        assertThatThrownBy(() -> TreeWatchdog.start(owner, task(root), last, none, command))
                .isInstanceOf(IOException.class);
        owner.awaitWatchdogExit();
        assertThat(Files.exists(folder.resolve("done"))).isEqualTo(runs);
    }

    @Test
    void holderIsKilledWhenTheOwnerExits() throws Exception {
        Process holder = new ProcessBuilder("sleep", "300").start();
        TreeWatchdog watchdog = watch(OptionalInt.empty());
        watchdog.killOnOwnerExit(task(holder));
        watchdog.onOwnerExit(TreeWatchdog.Action.CONT, Duration.ZERO);
        watchdog.close();
        assertThat(holder.waitFor()).isEqualTo(128 + Signals.SIGKILL);
        assertThat(tasks).allMatch(ProcessHandle::isAlive);
    }

    @Test
    void keptDescriptorIsOpenUntilTheTreeIsGone() throws IOException {
        SocketPair pair = SocketPair.open(4096);
        TreeWatchdog watchdog = watch(OptionalInt.of(pair.descriptor()));
        Posix.libc().close(pair.descriptor());
        Thread closer = new Thread(watchdog::close);
        closer.start();
        assertThat(pair.channel().read(ByteBuffer.allocateDirect(1))).isNegative();
        assertThat(tasks).allMatch(task -> state(task) == 'Z' || state(task) == 'X');
        pair.channel().close();
    }

    @Test
    void missingProcessIsRefused() throws Exception {
        root.destroyForcibly().waitFor();
        assertThatThrownBy(() -> watch(OptionalInt.empty()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("process " + root.pid() + " cannot be watched");
    }

    /** Its pid was reused meanwhile. */
    @Test
    void processThatStartedAtAnotherTimeIsNeitherWatchedNorKilled() {
        Task another = new Task(root.pid(), "1");
        for (TreeWatchdog.Action action : TreeWatchdog.Action.values()) {
            OptionalInt none = OptionalInt.empty();
            assertThatThrownBy(() -> TreeWatchdog.start(launcher, another, action, none))
                    .hasMessageContaining("process " + root.pid() + " cannot be watched");
        }
        assertThat(tasks).allMatch(task -> state(task) == 'S');
    }

    @Test
    void holderThatStartedAtAnotherTimeIsNotKilled() throws Exception {
        Process stranger = new ProcessBuilder("sleep", "300").start();
        TreeWatchdog watchdog = watch(OptionalInt.empty());
        watchdog.killOnOwnerExit(new Task(stranger.pid(), "1"));
        watchdog.close();
        await().until(() -> tasks.stream().allMatch(t -> state(t) == 'Z' || state(t) == 'X'));
        assertThat(stranger.isAlive()).isTrue();
        stranger.destroyForcibly();
    }

    private static Task task(Process process) {
        return Task.of(process.pid()).orElseThrow();
    }

    private TreeWatchdog watch(OptionalInt kept) throws IOException {
        return TreeWatchdog.start(launcher, rootTask, TreeWatchdog.Action.KILL, kept);
    }

    /** The state letter of proc(5); X if the task is gone. */
    private static char state(ProcessHandle task) {
        try {
            String stat = Files.readString(Path.of("/proc/" + task.pid() + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException gone) {
            return 'X';
        }
    }
}
