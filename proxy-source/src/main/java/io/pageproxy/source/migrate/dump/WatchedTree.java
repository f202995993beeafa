package io.pageproxy.source.migrate.dump;

import io.pageproxy.criu.Task;
import io.pageproxy.criu.TreeWatchdog;
import io.pageproxy.criu.TreeWatchdog.Action;
import io.pageproxy.process.ChildLauncher;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tasks that this process stops, by a watchdog that resumes them if this process ends. */
final class WatchedTree implements StoppedTree {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedTree.class);

    /** How long killed tasks may take to give back their memory. */
    private static final Duration END_TIMEOUT = Duration.ofMinutes(1);

    private final Task root;
    private final TreeWatchdog watchdog;
    private TaskTree tasks; // Null before it is stopped.

    private WatchedTree(Task root, TreeWatchdog watchdog) {
        this.root = root;
        this.watchdog = watchdog;
    }

    /**
     * Gets ready to stop a tree, which runs on: its watchdog is started before it is frozen.
     *
     * @param root of the tree
     */
    static WatchedTree prepare(ChildLauncher launcher, Task root) throws IOException {
        return new WatchedTree(root, TreeWatchdog.startIdle(launcher, root));
    }

    @Override
    public void stop(Task dump) throws IOException {
        tasks = TaskTree.of(root);
        watchdog.killOnOwnerExit(dump);
        // It never kills by itself: this is the only copy.
        watchdog.onOwnerExit(Action.CONT, Duration.ZERO);
        watchdog.apply(Action.STOP);
    }

    @Override
    public int size() {
        return tasks.size();
    }

    @Override
    public void resumeAfterOurEnd(Duration delay) throws IOException {
        watchdog.onOwnerExit(Action.CONT, delay);
    }

    @Override
    public void resume() {
        try {
            if (tasks != null) {
                watchdog.apply(Action.CONT);
            }
            watchdog.leave();
        } catch (IOException e) {
            LOG.warn(
                    "the tasks of {} may be stopped: kill -CONT them: {}",
                    root.pid(),
                    e.getMessage());
        }
    }

    @Override
    public void end() throws InterruptedException {
        try {
            if (!tasks.awaitGone(Duration.ZERO)) {
                watchdog.apply(Action.KILL);
            }
            watchdog.leave();
        } catch (IOException e) {
            LOG.warn("the tasks of {}: {}", root.pid(), e.getMessage());
        }
        if (!tasks.awaitGone(END_TIMEOUT)) {
            LOG.warn("tasks of {} are left, stopped: kill them", root.pid());
        }
    }

    /** Ends the watchdog, which then applies the action that was set for our end. */
    @Override
    public void close() {
        watchdog.close();
    }
}
