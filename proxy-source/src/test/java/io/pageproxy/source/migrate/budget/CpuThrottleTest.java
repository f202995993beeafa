package io.pageproxy.source.migrate.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pageproxy.criu.Task;
import io.pageproxy.process.PosixChildLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The steps of a throttle, and that the old limit comes back. The watchdog is a real process. */
@Timeout(60)
class CpuThrottleTest {
    private static final String OLD = "max 100000";

    @TempDir Path folder;
    private final AtomicBoolean frozen = new AtomicBoolean();

    @BeforeEach
    void makeCgroup() throws IOException {
        Files.writeString(folder.resolve("cpu.max"), OLD + "\n");
        Files.writeString(folder.resolve("cgroup.procs"), "7\n8\n");
    }

    @Test
    void stepsAreThoseOfQemu() throws IOException {
        try (CpuThrottle throttle = throttle()) {
            assertThat(throttle.percents()).isEmpty();
            assertThat(limit()).isEqualTo(OLD);
            assertThat(throttle.more()).isTrue();
            assertThat(limit()).isEqualTo("160000 100000");
            while (throttle.more()) {
                assertThat(limit()).isNotEqualTo(OLD);
            }
            assertThat(throttle.percents()).containsExactly(20, 30, 40, 50, 60, 70, 80, 90, 99);
            assertThat(limit()).isEqualTo("2000 100000");
        }
        assertThat(limit()).isEqualTo(OLD);
    }

    @Test
    void lowerLimitOfTheOperatorIsTheMeasure() throws IOException {
        Files.writeString(folder.resolve("cpu.max"), "50000 100000");
        try (CpuThrottle throttle = throttle()) {
            throttle.more();
            assertThat(limit()).isEqualTo("40000 100000");
        }
        assertThat(limit()).isEqualTo("50000 100000");
    }

    @Test
    void frozenTreeHasItsTimeUntilItRunsAgain() throws IOException {
        try (CpuThrottle throttle = throttle()) {
            throttle.more();
            frozen.set(true);
            await().untilAsserted(() -> assertThat(limit()).isEqualTo(OLD));
            frozen.set(false);
            await().untilAsserted(() -> assertThat(limit()).isEqualTo("160000 100000"));
        }
    }

    @Test
    void treeThatTheLastDumpHasFrozenIsNotThrottledAgain() throws Exception {
        try (CpuThrottle throttle = throttle()) {
            throttle.more();
            throttle.beforeLastDump();
            assertThat(limit()).isEqualTo("160000 100000");
            frozen.set(true);
            await().until(
                            () ->
                                    Thread.getAllStackTraces().keySet().stream()
                                            .noneMatch(t -> t.getName().equals("throttle")));
            frozen.set(false);
            assertThat(limit()).isEqualTo(OLD);
        }
    }

    @Test
    void closedThrottleTakesNothing() throws IOException {
        CpuThrottle throttle = throttle();
        throttle.close();
        throttle.close();
        assertThat(throttle.more()).isFalse();
        assertThat(limit()).isEqualTo(OLD);
    }

    @Test
    void strangersAreNeverThrottled() throws IOException {
        Files.writeString(folder.resolve("cgroup.procs"), "7\n8\n9\n");
        assertThatThrownBy(this::throttle)
                .hasMessageContaining("shares the cgroup " + folder + " with other processes (9)");
    }

    @Test
    void strangerThatComesLaterEndsTheThrottle() throws IOException {
        try (CpuThrottle throttle = throttle()) {
            throttle.more();
            Files.writeString(folder.resolve("cgroup.procs"), "7\n8\n9\n");
            assertThatThrownBy(throttle::more).hasMessageContaining("(9)");
        }
        assertThat(limit()).isEqualTo(OLD);
    }

    @Test
    void treeInSeveralCgroupsIsRefused() throws IOException {
        Files.writeString(folder.resolve("cgroup.procs"), "7\n");
        assertThatThrownBy(this::throttle).hasMessageContaining("not all processes of the tree");
    }

    /** This process shares its cgroup with whoever has started it, or has none with a limit. */
    @Test
    void refusalNamesTheOption() {
        Task self = Task.of(ProcessHandle.current().pid()).orElseThrow();
        assertThatThrownBy(
                        () ->
                                CpuThrottle.of(
                                        self,
                                        () -> Set.of(self.pid()),
                                        new PosixChildLauncher(4096)))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("--auto-converge: ");
    }

    /** Kill -9 leaves only the watchdog. */
    @Test
    void limitComesBackWhenPageproxyIsKilled() throws Exception {
        Process owner =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Owner.class.getName(),
                                folder.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try {
            owner.inputReader().readLine();
            assertThat(limit()).isEqualTo("160000 100000");
        } finally {
            owner.destroyForcibly().waitFor();
        }
        await().untilAsserted(() -> assertThat(limit()).isEqualTo(OLD));
    }

    /** Throttles, says so, and waits to be killed. */
    static final class Owner {
        private Owner() {}

        public static void main(String[] args) throws Exception {
            CpuThrottle throttle =
                    CpuThrottle.of(
                            new CpuCgroup(Path.of(args[0]), true),
                            () -> Set.of(7L, 8L),
                            () -> false,
                            () -> 2,
                            new PosixChildLauncher(4096));
            throttle.more();
            System.out.println("throttled " + throttle.percents());
            Thread.currentThread().join();
        }
    }

    private CpuThrottle throttle() throws IOException {
        return CpuThrottle.of(
                new CpuCgroup(folder, true),
                () -> Set.of(7L, 8L),
                frozen::get,
                () -> 2,
                new PosixChildLauncher(4096));
    }

    private String limit() throws IOException {
        return Files.readString(folder.resolve("cpu.max")).strip();
    }
}
