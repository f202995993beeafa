package io.pageproxy.source.migrate;

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
 * The processes of a tree as they were at one time, each known by its number and its start, so that
 * none is taken for another that has got its number since.
 */
final class TaskTree {
    private static final Path PROC = Path.of("/proc");
    private static final long POLL_MILLIS = 5;

    /** Where these stand behind the name in {@code /proc/PID/stat}, see proc(5). */
    private static final int STATE = 0;

    private static final int START_TIME = 19;

    private final Map<Long, String> startTimes;

    private TaskTree(Map<Long, String> startTimes) {
        this.startTimes = startTimes;
    }

    /** The tree below that root, with it. */
    static TaskTree of(long root) {
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

    /** How many there were. */
    int size() {
        return startTimes.size();
    }

    /**
     * Waits until all of them are gone; zombies are.
     *
     * @return whether they are, within that time
     */
    boolean awaitGone(Duration patience) throws InterruptedException {
        long endNanos = System.nanoTime() + patience.toNanos();
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

    /** The fields behind the name, which stands in brackets and may hold anything. */
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
