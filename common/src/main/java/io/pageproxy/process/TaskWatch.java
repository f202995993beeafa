package io.pageproxy.process;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the tasks that a child of ours has made, also once it is gone: then they have another
 * parent, and nothing else tells whose they were. So they are looked for while it lives. A task is
 * known by its number and its start, so that none is taken for another that has got its number
 * since. Any thread.
 */
public final class TaskWatch {
    private static final Logger LOG = LoggerFactory.getLogger(TaskWatch.class);
    private static final Path PROC = Path.of("/proc");
    private static final long LOOK_MILLIS = 20;
    private static final long DEATH_POLL_MILLIS = 10;
    private static final Duration REAP_PATIENCE = Duration.ofSeconds(1);

    /** Where these stand behind the name in {@code /proc/PID/stat}, see proc(5). */
    private static final int STATE = 0;

    private static final int START_TIME = 19;

    private final Set<Task> known = new HashSet<>();

    private record Task(long pid, String startTime) {}

    TaskWatch() {}

    /** Of that child; it looks until the child has ended. */
    public static TaskWatch of(ChildProcess child) {
        TaskWatch watch = new TaskWatch();
        int pid = child.pid();
        Thread watcher = new Thread(() -> watch.lookWhile(child, pid), "tasks-of-" + pid);
        watcher.setDaemon(true);
        watcher.start();
        return watch;
    }

    private void lookWhile(ChildProcess child, int pid) {
        try {
            while (!child.exit().isDone()) {
                childrenOf(pid).forEach(this::add);
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** That task belongs to it too. */
    public synchronized void add(long pid) {
        startOf(pid).ifPresent(start -> known.add(new Task(pid, start)));
    }

    /** Those that live, with all below them, in the order of their numbers; blocks. */
    public synchronized List<Long> alive() {
        known.removeIf(task -> !lives(task));
        List<Task> unseen = List.copyOf(known);
        while (!unseen.isEmpty()) {
            int before = known.size();
            unseen.forEach(task -> childrenOf(task.pid()).forEach(this::add));
            unseen = known.size() == before ? List.of() : List.copyOf(known);
        }
        return known.stream().map(Task::pid).sorted().toList();
    }

    /**
     * Kills them all; blocks until they are gone, but no longer than that.
     *
     * @return those that live all the same
     */
    public synchronized List<Long> kill(Duration patience) {
        long endNanos = System.nanoTime() + patience.toNanos();
        List<Long> left = alive();
        if (!left.isEmpty()) {
            LOG.warn("tasks {} are left of a process that was killed, and are killed too", left);
        }
        List<Long> killed = left;
        try {
            // A stopped one makes no others.
            left.forEach(pid -> signal(pid, Signals.SIGSTOP));
            for (left = alive(); !left.isEmpty(); left = alive()) {
                left.forEach(pid -> signal(pid, Signals.SIGKILL));
                if (System.nanoTime() - endNanos > 0) {
                    break;
                }
                TimeUnit.MILLISECONDS.sleep(DEATH_POLL_MILLIS);
            }
            awaitReaped(killed);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return left;
    }

    /** Whoever reaps them has to get to it: until then their numbers are taken. */
    private static void awaitReaped(List<Long> killed) throws InterruptedException {
        long endNanos = System.nanoTime() + REAP_PATIENCE.toNanos();
        while (System.nanoTime() - endNanos < 0
                && killed.stream().anyMatch(pid -> Files.exists(PROC.resolve("" + pid)))) {
            TimeUnit.MILLISECONDS.sleep(DEATH_POLL_MILLIS);
        }
    }

    private static void signal(long pid, int signal) {
        try {
            LibC libc = Posix.libc();
            if (libc.kill((int) pid, signal) < 0) {
                LOG.debug("kill {} {}: error {}", signal, pid, Native.getLastError());
            }
        } catch (IOException e) {
            LOG.warn("task {} cannot be killed: {}", pid, e.getMessage());
        }
    }

    private static List<Long> childrenOf(long pid) {
        Set<Long> children = new HashSet<>();
        try (DirectoryStream<Path> threads =
                Files.newDirectoryStream(PROC.resolve(pid + "/task"))) {
            for (Path thread : threads) {
                for (String child : Files.readString(thread.resolve("children")).split(" ", -1)) {
                    if (!child.isBlank()) {
                        children.add(Long.parseLong(child.strip()));
                    }
                }
            }
        } catch (IOException | RuntimeException gone) {
            return List.copyOf(children); // It has ended meanwhile, and they have another parent.
        }
        return List.copyOf(children);
    }

    private static boolean lives(Task task) {
        return startOf(task.pid()).filter(task.startTime()::equals).isPresent();
    }

    /** When it was started; empty where it is gone, which zombies are. */
    private static Optional<String> startOf(long pid) {
        try {
            String line =
                    Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
            // The name stands in brackets and may hold anything.
            String[] stat = line.substring(line.lastIndexOf(')') + 1).strip().split(" ", -1);
            boolean gone = stat[STATE].equals("Z") || stat[STATE].equals("X");
            return gone ? Optional.empty() : Optional.of(stat[START_TIME]);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
