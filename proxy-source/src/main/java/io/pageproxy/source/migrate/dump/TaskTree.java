package io.pageproxy.source.migrate.dump;

import io.pageproxy.criu.Task;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Snapshot of the processes of a tree. */
public final class TaskTree {
    private static final long POLL_MILLIS = 1;

    private final List<Task> tasks;

    private TaskTree(List<Task> tasks) {
        this.tasks = tasks;
    }

    /** Takes a snapshot of the root and all its descendants; empty if the root is gone. */
    public static TaskTree of(Task root) {
        List<Task> descendants =
                ProcessHandle.of(root.pid()).stream()
                        .flatMap(ProcessHandle::descendants)
                        .map(handle -> Task.of(handle.pid()))
                        .flatMap(Optional::stream)
                        .toList();
        return new TaskTree(
                root.lives()
                        ? Stream.concat(Stream.of(root), descendants.stream()).toList()
                        : List.of());
    }

    /** The pids of the snapshot. */
    public Set<Long> pids() {
        return tasks.stream().map(Task::pid).collect(Collectors.toSet());
    }

    /** Number of processes in the snapshot. */
    public int size() {
        return tasks.size();
    }

    /**
     * Waits until all processes of the snapshot are gone; a zombie counts as gone.
     *
     * @return whether they are gone within the timeout
     */
    public boolean awaitGone(Duration timeout) throws InterruptedException {
        long endNanos = System.nanoTime() + timeout.toNanos();
        while (tasks.stream().anyMatch(Task::lives)) {
            if (System.nanoTime() - endNanos > 0) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return true;
    }
}
