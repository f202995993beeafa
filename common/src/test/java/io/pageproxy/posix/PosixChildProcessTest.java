package io.pageproxy.posix;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildOutput;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.process.TestLibC;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ends of children, on their own and by signals. */
@Timeout(60)
class PosixChildProcessTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir Path folder;

    @Test
    void exitCodeIsReportedAndNoZombieRemains() throws Exception {
        ChildProcess child = launch(Posix.libc(), "exit 7");

        assertThat(exitOf(child)).isEqualTo(ExitStatus.exited(7));
        assertThat(Path.of("/proc/" + child.pid())).doesNotExist();
        close(child);
    }

    @Test
    void killedChildIsReportedWithItsSignal() throws Exception {
        ChildProcess child = launch(Posix.libc(), "kill -SEGV $$");

        assertThat(exitOf(child).describe()).isEqualTo("killed by SIGSEGV");
        close(child);
    }

    @Test
    void terminateLetsChildExit() throws Exception {
        ChildProcess child = launch(Posix.libc(), "trap 'exit 5' TERM; echo ready >&3; read x <&3");
        try (ChildOutput output = new ChildOutput(child)) {
            output.until("ready");

            assertThat(child.terminate(LONG).get(20, SECONDS)).isEqualTo(ExitStatus.exited(5));
        }
    }

    @Test
    void terminateKillsChildAfterGracePeriod() throws Exception {
        ChildProcess child = launch(Posix.libc(), "trap '' TERM; echo ready >&3; read x <&3");
        try (ChildOutput output = new ChildOutput(child)) {
            output.until("ready");

            assertThat(child.terminate(SHORT).get(20, SECONDS))
                    .isEqualTo(ExitStatus.killed(Signals.SIGKILL));
            assertThat(Path.of("/proc/" + child.pid())).doesNotExist();
        }
    }

    @Test
    void terminateReachesProgramStartedByWrapperScript() throws Exception {
        ChildProcess child = launch(Posix.libc(), "sleep 60 & echo $! >&3; wait");
        try (ChildOutput output = new ChildOutput(child)) {
            Path program = Path.of("/proc/" + output.until("\n").trim());

            assertThat(child.terminate(LONG).get(20, SECONDS))
                    .isEqualTo(ExitStatus.killed(Signals.SIGTERM));
            awaitEnded(program);
        }
    }

    @Test
    void processesLeftByDetachedChildAreKilled() throws Exception {
        ChildProcess child = launch(Posix.libc(), "trap '' TERM; sleep 60 & echo $! >&3; exit 0");
        try (ChildOutput output = new ChildOutput(child)) {
            Path program = Path.of("/proc/" + output.until("\n").trim());

            assertThat(exitOf(child)).isEqualTo(ExitStatus.exited(0));
            awaitEnded(program);
        }
    }

    @Test
    void reapedChildIsNotSignalled() throws Exception {
        TestLibC recorder = new TestLibC("none", (arguments, real) -> real.call());
        ChildProcess child = launch(recorder.libc, "exit 0");
        exitOf(child);
        recorder.calls.clear();

        assertThat(child.signal(Signals.SIGINT)).isFalse();
        assertThat(child.terminate(Duration.ZERO).get(10, SECONDS)).isEqualTo(ExitStatus.exited(0));
        assertThat(recorder.calls).noneMatch(call -> call.startsWith("kill"));
        close(child);
    }

    @Test
    void lostExitStatusIsAnError() throws Exception {
        TestLibC waitedTwice =
                new TestLibC(
                        "waitpid",
                        (arguments, real) -> {
                            real.call();
                            return real.call();
                        });
        ChildProcess child = launch(waitedTwice.libc, "exit 0");

        assertThatThrownBy(() -> exitOf(child))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("exit status of child " + child.pid() + " is lost")
                .hasMessageContaining("No child processes");
        close(child);
    }

    @Test
    void interruptedWaitContinues() throws Exception {
        int[] interruptions = {3};
        TestLibC interrupted =
                new TestLibC(
                        "waitid",
                        (arguments, real) ->
                                interruptions[0]-- > 0
                                        ? TestLibC.failing(LibC.EINTR).call(arguments, real)
                                        : real.call());
        ChildProcess child = launch(interrupted.libc, "exit 4");

        assertThat(exitOf(child)).isEqualTo(ExitStatus.exited(4));
        assertThat(interruptions[0]).isEqualTo(-1);
        close(child);
    }

    @Test
    void exitFutureCannotBeCompletedByCaller() throws Exception {
        ChildProcess child = launch(Posix.libc(), "read x <&3; exit 6");
        assertThat(child.exit().complete(ExitStatus.exited(0))).isTrue();
        close(child);

        assertThat(exitOf(child)).isEqualTo(ExitStatus.exited(6));
    }

    private ChildProcess launch(LibC libc, String shellCommand) throws Exception {
        ChildLauncher launcher = new PosixChildLauncher(libc, 4096, Thread::new);
        Optional<Path> output = Optional.of(folder.resolve("output.log"));
        return launcher.launch(
                new ChildSpec(List.of("/bin/sh", "-c", shellCommand), Map.of(), output));
    }

    private static ExitStatus exitOf(ChildProcess child) throws Exception {
        return child.exit().get(20, SECONDS);
    }

    private static void close(ChildProcess child) throws Exception {
        Posix.libc().close(child.takeSocket());
    }

    /** Waits until a process is gone, or a zombie waiting for the system's init. */
    private static void awaitEnded(Path process) {
        Awaitility.await()
                .ignoreExceptions()
                .until(
                        () ->
                                !Files.exists(process)
                                        || Files.readString(process.resolve("status"))
                                                .contains("State:\tZ"));
    }
}
