package io.pageproxy.source.migrate.budget;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many processors a tree uses, by the files of proc. */
class TreeCpuTest {
    @TempDir Path proc;
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void tasksAreSummedAndTheGoneCountAsNothing() throws IOException {
        write(7, 100, 50);
        write(8, 0, 0);
        TreeCpu cpu = new TreeCpu(proc, () -> Set.of(7L, 8L, 9L), nanos::get);
        write(7, 200, 150);
        write(8, 100, 0);
        nanos.set(2_000_000_000L);
        assertThat(cpu.getAsDouble()).isEqualTo(1.5);
    }

    @Test
    void idleTreeIsLeftSomething() throws IOException {
        write(7, 1, 1);
        TreeCpu cpu = new TreeCpu(proc, () -> Set.of(7L), nanos::get);
        assertThat(cpu.getAsDouble()).isEqualTo(0.05);
    }

    private void write(long pid, long user, long system) throws IOException {
        Files.createDirectories(proc.resolve("" + pid));
        Files.writeString(
                proc.resolve(pid + "/stat"),
                pid + " (a ) b) S 1 1 1 0 -1 0 0 0 0 0 " + user + " " + system + " 0 0 20 0 1 0 5");
    }
}
