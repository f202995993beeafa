package io.pageproxy.source.migrate.budget;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** How many processors a tree has used on average since this was made. */
final class TreeCpu implements DoubleSupplier {
    /** What proc(5) counts in, on every Linux that runs Java. */
    private static final double TICKS_PER_SECOND = 100;

    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;

    /** A throttle of a tree that seems to do nothing must leave it something to run with. */
    private static final double LEAST_CPUS = 0.05;

    private final Path proc;
    private final Supplier<Set<Long>> pids;
    private final LongSupplier nanos;
    private final long startNanos;
    private final long startTicks;

    TreeCpu(Path proc, Supplier<Set<Long>> pids, LongSupplier nanos) {
        this.proc = proc;
        this.pids = pids;
        this.nanos = nanos;
        this.startNanos = nanos.getAsLong();
        this.startTicks = ticks();
    }

    @Override
    public double getAsDouble() {
        double seconds = Math.max(1, nanos.getAsLong() - startNanos) / 1e9;
        return Math.max(LEAST_CPUS, (ticks() - startTicks) / TICKS_PER_SECOND / seconds);
    }

    private long ticks() {
        return pids.get().stream().mapToLong(this::ticks).sum();
    }

    private long ticks(long pid) {
        try {
            String line =
                    Files.readString(proc.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
            String[] fields = line.substring(line.lastIndexOf(')') + 1).strip().split(" ", -1);
            return Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]);
        } catch (IOException gone) {
            return 0;
        }
    }
}
