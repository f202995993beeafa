package io.pageproxy.dest.migrate;

import io.pageproxy.criu.Task;
import io.pageproxy.criu.TreeWatchdog.Action;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.posix.Posix;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A restored tree with a watchdog that outlives us. Each method queues blocking work and returns.
 * On an event loop.
 */
final class WatchedTree {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedTree.class);

    private final Restores restores;
    private final SerialWork work;
    private volatile Optional<Task> root = Optional.empty();
    private Restores.Watchdog watchdog; // Used by one piece of work after the other.

    /** A request to the watchdog. */
    @FunctionalInterface
    private interface Request {
        void send() throws IOException;
    }

    WatchedTree(Restores restores, SerialWork work) {
        this.restores = restores;
        this.work = work;
    }

    /**
     * Starts the watchdog: from then on the tree is killed if we end.
     *
     * @param root the paused tree's root
     * @param daemons whose daemon keeps its socket for as long as the watchdog runs
     */
    void watch(Optional<Task> root, AttachedDaemons daemons, Runnable next) {
        this.root = root;
        work.run(() -> startWatchdog(daemons), next);
    }

    private void startWatchdog(AttachedDaemons daemons) {
        int socket = holdSocket(daemons);
        try {
            try {
                Task task =
                        root.orElseThrow(() -> new IOException("criu has not reported its root"));
                watchdog = restores.watch(task, OptionalInt.of(socket));
            } finally {
                Posix.close(socket);
            }
        } catch (IOException e) {
            throw new SessionException(
                    CloseReason.RESTORE_FAILED,
                    "the restored tree cannot be watched: " + FailureText.of(e));
        }
    }

    private static int holdSocket(AttachedDaemons daemons) {
        try {
            return daemons.duplicateSocket().join();
        } catch (CompletionException e) {
            throw new SessionException(
                    CloseReason.PAGE_SERVER_FAILED,
                    "criu lazy-pages ended before the restored tree could run: "
                            + FailureText.of(e));
        }
    }

    /** The tree's root; empty before {@link #watch}. Any thread. */
    OptionalLong root() {
        return root.stream().mapToLong(Task::pid).findFirst();
    }

    private long pid() {
        return root().orElse(-1);
    }

    void apply(Action action) {
        request(() -> watchdog.apply(action));
    }

    /** Sets what happens to the tree if we end. */
    void onOwnerExit(Action action) {
        request(() -> watchdog.onOwnerExit(action));
    }

    /** Leaves the tree as it is and ends the watchdog. */
    void leave() {
        request(
                () -> {
                    watchdog.leave();
                    watchdog.close();
                });
    }

    /** A watchdog that does not answer was killed; its tree is still there. */
    private void request(Request request) {
        work.runAlways(
                () -> {
                    try {
                        request.send();
                    } catch (IOException e) {
                        LOG.warn("the tree of root {}: {}", pid(), e.getMessage());
                    }
                });
    }

    /** Kills the tree if it is watched. */
    void kill() {
        work.runAlways(this::killNow);
    }

    private void killNow() {
        if (watchdog == null) {
            return;
        }
        try (Restores.Watchdog first = watchdog) {
            first.apply(Action.KILL);
            first.leave(); // What it does after our end, it need not do now.
        } catch (IOException e) {
            LOG.warn("the tree of root {}: {}; another watchdog kills it", pid(), e.getMessage());
            killByAnother();
        }
    }

    private void killByAnother() {
        try (Restores.Watchdog another = restores.watch(root.orElseThrow(), OptionalInt.empty())) {
            another.apply(Action.KILL);
        } catch (IOException gone) {
            LOG.warn("the tree of root {} is gone: {}", pid(), gone.getMessage());
        }
    }
}
