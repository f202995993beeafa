package io.pageproxy.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a process has taken of this machine.
 *
 * @param cpuSeconds user and system time of all its threads, as fine as the kernel's 10 ms
 * @param peakBytes the most that was resident ({@code VmHWM})
 */
record Usage(double cpuSeconds, long peakBytes) {
    private static final String PEAK = "VmHWM:";

    /**
     * That of a process which runs.
     *
     * @throws IOException where it does so no more
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

    /** What came to it since then; the peak is still that of the whole life. */
    Usage since(Usage before) {
        return new Usage(cpuSeconds - before.cpuSeconds, peakBytes);
    }
}
