package io.pageproxy.criu;

import com.sun.jna.Native;
import io.pageproxy.posix.LibC;
import io.pageproxy.posix.Posix;
import io.pageproxy.posix.Signals;
import io.pageproxy.process.ChildProcess;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records the tasks that a child process creates. Once the child has ended its tasks have another
 * parent and nothing tells whose they were, so they are recorded while it runs. A task is
 * identified by its pid and start time, since pids are reused. Any thread.
 */
public final class TaskWatch {
    private static final Logger LOG = LoggerFactory.getLogger(TaskWatch.class);
    private static final Path PROC = Path.of("/proc");
    private static final long POLL_MILLIS = 20;
    private static final long DEATH_POLL_MILLIS = 10;
    private static final Duration REAP_TIMEOUT = Duration.ofSeconds(1);

    private final Set<Task> known = new HashSet<>();

    TaskWatch() {}

    /** Records the tasks of a child until it ends. */
    public static TaskWatch of(ChildProcess child) {
        TaskWatch watch = new TaskWatch();
        Task.of(child).ifPresent(task -> watch.start(child, task));
        return watch;
    }

    private void start(ChildProcess child, Task task) {
        Thread watcher =
                new Thread(() -> recordWhileRunning(child, task), "tasks-of-" + task.pid());
        watcher.setDaemon(true);
        watcher.start();
    }

    private void recordWhileRunning(ChildProcess child, Task task) {
        try {
            while (!child.exit().isDone()) {
                childrenOf(task).forEach(this::add);
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Records a task that is no child of the child itself. */
    public synchronized void add(Task task) {
        known.add(task);
    }

    /** The recorded tasks that are alive and their descendants, by pid. Blocks. */
    public synchronized List<Long> alive() {
        known.removeIf(task -> !task.lives());
        List<Task> unseen = List.copyOf(known);
        while (!unseen.isEmpty()) {
            int before = known.size();
            unseen.forEach(task -> childrenOf(task).forEach(this::add));
            unseen = known.size() == before ? List.of() : List.copyOf(known);
        }
        return known.stream().map(Task::pid).sorted().toList();
    }

    /**
     * Kills the tasks; blocks until they are gone or the timeout has passed.
     *
     * @return those that are still alive
     */
    public synchronized List<Long> kill(Duration timeout) {
        long endNanos = System.nanoTime() + timeout.toNanos();
        List<Long> left = alive();
        if (!left.isEmpty()) {
            LOG.warn("killing tasks {}, which a killed process has left behind", left);
        }
        List<Long> killed = left;
        try {
            // A stopped task cannot fork.
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

    /** Their pids are in use until their parent has reaped them. */
    private static void awaitReaped(List<Long> killed) throws InterruptedException {
        long endNanos = System.nanoTime() + REAP_TIMEOUT.toNanos();
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

    private static List<Task> childrenOf(Task parent) {
        Set<Task> children = new HashSet<>();
        try (DirectoryStream<Path> threads =
                Files.newDirectoryStream(PROC.resolve(parent.pid() + "/task"))) {
            for (Path thread : threads) {
                for (String child : Files.readString(thread.resolve("children")).split(" ", -1)) {
                    if (!child.isBlank()) {
                        Task.of(Long.parseLong(child.strip())).ifPresent(children::add);
                    }
                }
            }
        } catch (IOException | RuntimeException gone) {
            // The task has ended and its children have another parent: what was found is returned.
        }
        return parent.holdsPid() ? List.copyOf(children) : List.of();
    }
}
