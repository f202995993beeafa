package io.pageproxy.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.posix.Posix;
import io.pageproxy.posix.Signals;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.PosixChildLauncher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A killed process leaves its tasks behind, as a killed criu restore does. */
@Timeout(60)
class TaskWatchTest {
    @TempDir private Path folder;

    @Test
    void tasksOfAKilledProcessAreFoundAndKilled() throws Exception {
        ChildProcess child =
                launch("setsid sleep 300 & setsid sh -c 'sleep 300 & sleep 300; true' & wait");
        TaskWatch watch = TaskWatch.of(child);
        await().until(() -> watch.alive().size() >= 4);
        child.signal(Signals.SIGKILL);
        child.exit().get(10, TimeUnit.SECONDS);

        assertThat(watch.alive()).hasSize(4);
        assertThat(watch.kill(Duration.ofSeconds(10))).isEmpty();
        assertThat(watch.alive()).isEmpty();
    }

    @Test
    void tasksThatOutliveTheTimeoutAreReturned() throws Exception {
        ChildProcess child = launch("exec sleep 300");
        TaskWatch watch = new TaskWatch();
        watch.add(Task.of(child).orElseThrow());
        long pid = child.pid();
        assertThat(watch.kill(Duration.ofSeconds(-1))).isIn(List.of(pid), List.of());
        child.exit().get(10, TimeUnit.SECONDS);
        assertThat(watch.alive()).isEmpty();
    }

    @Test
    void endedTaskIsNotRecorded() throws Exception {
        ChildProcess child = launch("true");
        TaskWatch watch = TaskWatch.of(child);
        child.exit().get(10, TimeUnit.SECONDS);
        assertThat(watch.alive()).isEmpty();
        assertThat(Task.of(child)).isEmpty();
    }

    private ChildProcess launch(String script) throws Exception {
        ChildProcess child =
                new PosixChildLauncher(4096)
                        .launch(
                                new ChildSpec(
                                        List.of("sh", "-c", script),
                                        Map.of("PATH", "/usr/bin:/bin"),
                                        Optional.of(folder.resolve("output.log"))));
        Posix.libc().close(child.takeSocket());
        return child;
    }
}
