package io.pageproxy.source.migrate.dump;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Snapshot of the processes of a tree. Each is identified by its pid and start time, so that a
 * later process with the same pid is not mistaken for it.
 */
public final class TaskTree {
    private static final Path PROC = Path.of("/proc");
    private static final long POLL_MILLIS = 5;

    /** Indices of fields behind the name in {@code /proc/PID/stat}, see proc(5). */
    private static final int STATE = 0;

    private static final int START_TIME = 19;

    private final Map<Long, String> startTimes;

    private TaskTree(Map<Long, String> startTimes) {
        this.startTimes = startTimes;
    }

    /** Takes a snapshot of the root and all its descendants. */
    public static TaskTree of(long root) {
        Map<Long, String> found = new HashMap<>();
        ProcessHandle.of(root)
                .ifPresent(
                        handle ->
                                Stream.concat(Stream.of(handle), handle.descendants())
                                        .forEach(task -> add(found, task.pid())));
        return new TaskTree(found);
    }

    private static void add(Map<Long, String> found, long pid) {
        String[] stat = stat(pid);
        if (stat.length > START_TIME) {
            found.put(pid, stat[START_TIME]);
        }
    }

    /** Number of processes in the snapshot. */
    public int size() {
        return startTimes.size();
    }

    /**
     * Waits until all processes of the snapshot are gone; a zombie counts as gone.
     *
     * @return whether they are gone within the timeout
     */
    public boolean awaitGone(Duration timeout) throws InterruptedException {
        long endNanos = System.nanoTime() + timeout.toNanos();
        while (startTimes.entrySet().stream()
                .anyMatch(task -> lives(task.getKey(), task.getValue()))) {
            if (System.nanoTime() - endNanos > 0) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return true;
    }

    private static boolean lives(long pid, String startTime) {
        String[] stat = stat(pid);
        return stat.length > START_TIME
                && stat[START_TIME].equals(startTime)
                && !stat[STATE].equals("Z")
                && !stat[STATE].equals("X");
    }

    /** Fields behind the name, which is in parentheses and may contain any character. */
    private static String[] stat(long pid) {
        try {
            String line =
                    Files.readString(
                            PROC.resolve(Long.toString(pid)).resolve("stat"),
                            StandardCharsets.ISO_8859_1);
            return line.substring(line.lastIndexOf(')') + 1).strip().split(" ");
        } catch (IOException gone) {
            return new String[0];
        }
    }
}
