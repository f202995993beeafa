package io.pageproxy.source.migrate.dump;

import io.pageproxy.criu.TreeWatchdog;
import io.pageproxy.criu.TreeWatchdog.Action;
import io.pageproxy.process.ChildLauncher;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tasks of a lazy migration at the source. They are frozen by their dump, and stopped besides,
 * so that they do not run when the dump ends. A watchdog resumes them if this process ends.
 */
public final class StoppedTree implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoppedTree.class);

    /** How long killed tasks may take to give back their memory. */
    private static final Duration END_TIMEOUT = Duration.ofMinutes(1);

    private final long root;
    private final TaskTree tasks;
    private final TreeWatchdog watchdog;

    private StoppedTree(long root, TaskTree tasks, TreeWatchdog watchdog) {
        this.root = root;
        this.tasks = tasks;
        this.watchdog = watchdog;
    }

    /**
     * Stops a tree.
     *
     * @param root of the tree
     * @param dumpPid the dump's process, which the watchdog kills first if this process ends
     */
    public static StoppedTree stop(ChildLauncher launcher, long root, long dumpPid)
            throws IOException {
        TaskTree tasks = TaskTree.of(root);
        // It never kills by itself: this is the only copy.
        TreeWatchdog watchdog =
                TreeWatchdog.start(launcher, root, Action.CONT, OptionalInt.empty());
        try {
            watchdog.killOnOwnerExit(dumpPid);
            watchdog.apply(Action.STOP);
            return new StoppedTree(root, tasks, watchdog);
        } catch (IOException | RuntimeException | Error e) {
            watchdog.close();
            throw e;
        }
    }

    public int size() {
        return tasks.size();
    }

    /** Sets how long after the end of this process the watchdog resumes the tasks. */
    public void resumeAfterOurEnd(Duration delay) throws IOException {
        watchdog.onOwnerExit(Action.CONT, delay);
    }

    /** Lets the tasks run on. */
    public void resume() {
        try {
            watchdog.apply(Action.CONT);
            watchdog.leave();
        } catch (IOException e) {
            LOG.warn("the tasks of {} may be stopped: kill -CONT them: {}", root, e.getMessage());
        }
    }

    /** Kills the tasks that are left; returns when they are gone. */
    public void end() throws InterruptedException {
        try {
            if (!tasks.awaitGone(Duration.ZERO)) {
                watchdog.apply(Action.KILL);
            }
            watchdog.leave();
        } catch (IOException e) {
            LOG.warn("the tasks of {}: {}", root, e.getMessage());
        }
        if (!tasks.awaitGone(END_TIMEOUT)) {
            LOG.warn("tasks of {} are left, stopped: kill them", root);
        }
    }

    /** Ends the watchdog, which then applies the action that was set for our end. */
    @Override
    public void close() {
        watchdog.close();
    }
}
