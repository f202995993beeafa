package io.pageproxy.criu;

import io.pageproxy.process.ChildProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A process, identified by its pid and its start time: pids are reused, so a pid alone may belong
 * to another process by the time at which it is signalled. Any thread.
 *
 * @param startTime in clock ticks since the host was started, as proc(5) has it
 */
public record Task(long pid, String startTime) {
    private static final Path PROC = Path.of("/proc");

    /** Indices of fields behind the name in {@code /proc/PID/stat}, see proc(5). */
    private static final int STATE = 0;

    private static final int START_TIME = 19;

    /** Field of {@code /proc/PID/status}; 0 without a tracer. */
    private static final String TRACER = "TracerPid:";

    /** A signal that is not sent, but tells whether it could be. */
    private static final int NO_SIGNAL = 0;

    /** The process that has the pid now; empty if there is none, or only a zombie. */
    public static Optional<Task> of(long pid) {
        String[] stat = stat(pid);
        return isAlive(stat) ? Optional.of(new Task(pid, stat[START_TIME])) : Optional.empty();
    }

    /** The process of a child; empty if it has ended. */
    public static Optional<Task> of(ChildProcess child) {
        Optional<Task> found = of(child.pid());
        // A child that can still be signalled was not reaped, so that the pid was its own.
        return found.filter(task -> child.signal(NO_SIGNAL));
    }

    /** Whether this process runs or is stopped; a zombie does not count. */
    public boolean lives() {
        String[] stat = stat(pid);
        return isAlive(stat) && stat[START_TIME].equals(startTime);
    }

    /** The process that traces this one, as CRIU does with what it holds; empty if none does. */
    public Optional<Task> tracer() {
        try (Stream<String> lines =
                Files.lines(PROC.resolve(pid + "/status"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith(TRACER))
                    .map(line -> Long.parseLong(line.substring(TRACER.length()).strip()))
                    .flatMap(tracer -> Task.of(tracer).stream())
                    .findFirst();
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    /** Whether the pid is still this process's; a zombie keeps it. */
    boolean holdsPid() {
        String[] stat = stat(pid);
        return stat.length > START_TIME && stat[START_TIME].equals(startTime);
    }

    private static boolean isAlive(String[] stat) {
        return stat.length > START_TIME && !stat[STATE].equals("Z") && !stat[STATE].equals("X");
    }

    /** Fields behind the name, which is in brackets and may contain any character. */
    private static String[] stat(long pid) {
        try {
            String line =
                    Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
            return line.substring(line.lastIndexOf(')') + 1).strip().split(" ", -1);
        } catch (IOException gone) {
            return new String[0];
        }
    }
}
