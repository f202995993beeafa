package io.pageproxy.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Resource usage of a process.
 *
 * @param cpuSeconds user and system time of all its threads, in the kernel's resolution of 10 ms
 * @param peakBytes peak resident set size ({@code VmHWM})
 */
record Usage(double cpuSeconds, long peakBytes) {
    private static final String PEAK = "VmHWM:";

    /**
     * Reads the usage of a running process.
     *
     * @throws IOException if it is no longer running
     */
    static Usage of(ProcessHandle process) throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        List<String> peaks =
                Files.readAllLines(status).stream().filter(l -> l.startsWith(PEAK)).toList();
        Optional<Duration> cpu = process.info().totalCpuDuration();
        if (peaks.isEmpty() || cpu.isEmpty()) {
            throw new IOException("process " + process.pid() + " ended before it was measured");
        }
        long kibibytes = Long.parseLong(peaks.get(0).replaceAll("\\D", ""));
        return new Usage(cpu.get().toNanos() / 1e9, kibibytes * 1024);
    }

    /**
     * Returns the CPU time since an earlier measurement; the peak still covers the whole lifetime.
     */
    Usage since(Usage before) {
        return new Usage(cpuSeconds - before.cpuSeconds, peakBytes);
    }
}
