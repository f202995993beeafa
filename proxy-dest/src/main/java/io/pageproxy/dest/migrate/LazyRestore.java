package io.pageproxy.dest.migrate;

import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import io.pageproxy.criu.Task;
import io.pageproxy.criu.TreeWatchdog.Action;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.dest.lazy.FedTree;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * State machine of a tree that runs before it has its pages, of its lazy-pages daemon and of the
 * watchdog that acts if we end; {@link LazyRestoreState} draws it.
 *
 * <p>Until the tree is whole a failure kills it, and so does the watchdog if we end. Its tasks are
 * killed before the daemon loses its socket: a task whose daemon is gone reads zeros in place of
 * its memory. A whole tree may be the only copy: it is stopped, not killed, and after the timeout
 * is left stopped.
 *
 * <p>On the event loop of the migration, but for {@link FedTree}'s methods, which are for any
 * thread.
 */
public final class LazyRestore implements FedTree {
    private static final Logger LOG = LoggerFactory.getLogger(LazyRestore.class);

    /** How much later than the exit of its daemon the exit of a restore may be noticed. */
    private static final long RESTORE_EXIT_DELAY_MILLIS = 3_000;

    /** Decides about the migration; called on its event loop. */
    interface Owner {
        /** The tree has all its pages: this may be told to a source that asks. */
        void onWhole();

        /** The tree gets no more pages and has to be killed. */
        void onPagesFailed(Outcome outcome);

        /** We stop supervising the tree; it keeps running or stays stopped. */
        void onLazyOver(Outcome outcome);
    }

    private final EventLoop loop;
    private final Executor ownedLoop;
    private final SerialWork work;
    private final Duration undecidedTimeout;
    private final Owner owner;
    private final AttachedDaemons daemons;
    private final WatchedTree tree;
    private final CompletableFuture<Void> daemonDone = new CompletableFuture<>();
    private final CompletableFuture<Void> whole = new CompletableFuture<>();
    private final CompletableFuture<Outcome> ending = new CompletableFuture<>();
    private final CompletableFuture<Void> harmless = new CompletableFuture<>();

    private LazyRestoreState state = LazyRestoreState.PREPARING;

    /**
     * Creates a restore without a daemon and a tree.
     *
     * @param undecidedTimeout how long a stopped tree waits for the source to say that its tasks
     *     are gone
     */
    LazyRestore(
            Restores restores,
            EventLoop loop,
            SerialWork work,
            Duration undecidedTimeout,
            Owner owner) {
        this.loop = loop;
        this.ownedLoop = Reactions.owned(loop, this::onFault);
        this.work = work;
        this.undecidedTimeout = undecidedTimeout;
        this.owner = owner;
        this.daemons = restores.lazyDaemons();
        this.tree = new WatchedTree(restores, work);
    }

    /** Gives the session of the pages its daemon; any thread. */
    public AttachedDaemons daemons() {
        return daemons;
    }

    /** Starts the daemon before its images are there; blocks. */
    void prepareDaemon(Path folder, HeldImages held) {
        daemons.prepare(folder, held);
    }

    /** The daemon, if there is one that waits for images, is not needed. */
    void abandonDaemon() {
        work.runAlways(daemons::abandon);
    }

    /** Lets the daemon read the images, and calls {@code next} when it waits for the restore. */
    void startDaemon(Path folder, Runnable next) {
        work.run(() -> daemons.start(folder), next);
    }

    /**
     * Finds out whether the daemon was killed, and calls {@code next} on the event loop with the
     * signal.
     */
    void findKillOfDaemon(Consumer<OptionalInt> next) {
        work.runAlways(() -> Reactions.when(daemons.killedBy(), ownedLoop, next, this::onFault));
    }

    /** The tree is restored and paused: has it watched, then calls {@code next}. */
    void watch(Optional<Task> root, Runnable next) {
        tree.watch(root, daemons, next);
    }

    /** The tree's root; empty before {@link #watch}. */
    OptionalLong root() {
        return tree.root();
    }

    /** The restore is about to let the tree run. */
    void resuming() {
        state = state.to(LazyRestoreState.RESUMING);
    }

    /** The restore has let the tree run. */
    void running() {
        state = state.to(LazyRestoreState.RUNNING);
        Reactions.when(daemonDone, loop, done -> becomeWhole(), this::onFault);
    }

    private void onFault(Throwable fault) {
        LOG.error("internal error, please report it", fault);
        onFailed(
                Outcome.failed(
                        Side.DESTINATION,
                        CloseReason.LOCAL_FAILURE,
                        "internal error of pageproxy: " + fault));
    }

    /** Whether the tree has all its pages: then it may be the only copy and is not killed. */
    boolean isWhole() {
        return state == LazyRestoreState.WHOLE
                || state == LazyRestoreState.STOPPED
                || state == LazyRestoreState.OVER;
    }

    private void becomeWhole() {
        if (state != LazyRestoreState.RUNNING) {
            return;
        }
        state = state.to(LazyRestoreState.WHOLE);
        tree.onOwnerExit(Action.STOP);
        afterQueuedWork(
                () -> {
                    owner.onWhole();
                    whole.complete(null);
                });
    }

    private void onReleased() {
        if (state == LazyRestoreState.STOPPED) {
            tree.apply(Action.CONT);
        }
        if (state == LazyRestoreState.WHOLE || state == LazyRestoreState.STOPPED) {
            over(
                    Outcome.completed(
                            Side.DESTINATION,
                            "the tree runs here with all of its memory, its root is "
                                    + root().orElse(-1)));
        }
    }

    private void onFailed(Outcome outcome) {
        if (!isWhole()) {
            owner.onPagesFailed(outcome);
        } else if (state == LazyRestoreState.WHOLE) {
            stop(outcome);
        }
    }

    /** Only the source knows whether it has given up its copy, and it may still say so. */
    private void stop(Outcome outcome) {
        state = state.to(LazyRestoreState.STOPPED);
        tree.apply(Action.STOP);
        LOG.warn(
                "{}: the tree of root {} has all of its memory and is stopped for {} s, for the"
                        + " source to say whether its tasks are gone",
                outcome.message(),
                root().orElse(-1),
                undecidedTimeout.toSeconds());
        loop.schedule(
                () -> leaveStopped(outcome), undecidedTimeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void leaveStopped(Outcome outcome) {
        if (state == LazyRestoreState.STOPPED) {
            over(
                    Outcome.failed(
                            Side.DESTINATION,
                            outcome.reason(),
                            outcome.message()
                                    + "; the tree has all of its memory here and is stopped, since"
                                    + " the source did not say whether its tasks are gone. If they"
                                    + " are, let it run: kill -CONT each task of the tree of "
                                    + root().orElse(-1)
                                    + "; else kill it"));
        }
    }

    private void over(Outcome outcome) {
        state = state.to(LazyRestoreState.OVER);
        gone();
        tree.leave();
        owner.onLazyOver(outcome);
    }

    /**
     * Kills the tree as far as it is watched, and calls {@code next} on the event loop when that is
     * done. A restore whose tree has not been let run may wait for the daemon: there the daemon
     * goes first.
     *
     * @param why for the session that brings the pages
     */
    void end(Outcome why, Runnable next) {
        boolean hasNotRun = state == LazyRestoreState.PREPARING;
        state = state.to(LazyRestoreState.ENDING);
        ending.complete(why);
        if (hasNotRun) {
            gone();
        }
        tree.kill();
        afterQueuedWork(next);
    }

    private void afterQueuedWork(Runnable next) {
        work.runAlways(() -> ownedLoop.execute(next));
    }

    /** No task is left that the end of the daemon could harm. */
    void gone() {
        harmless.complete(null);
    }

    // ---- for the session that brings the pages

    @Override
    public CompletableFuture<Void> whole() {
        daemonDone.complete(null);
        return whole;
    }

    @Override
    public CompletableFuture<Outcome> ending() {
        return ending;
    }

    @Override
    public CompletableFuture<Void> restoreSettled() {
        CompletableFuture<Void> settled = new CompletableFuture<>();
        loop.execute(
                () -> {
                    if (state == LazyRestoreState.PREPARING || state == LazyRestoreState.RESUMING) {
                        loop.schedule(
                                () -> settled.complete(null),
                                RESTORE_EXIT_DELAY_MILLIS,
                                TimeUnit.MILLISECONDS);
                    } else {
                        settled.complete(null);
                    }
                });
        return settled;
    }

    @Override
    public void released() {
        loop.execute(this::onReleased);
    }

    /** The daemon of a whole tree has exited, so that it waits for nothing. */
    @Override
    public CompletableFuture<Void> failed(Outcome outcome) {
        loop.execute(() -> onFailed(outcome));
        return harmless;
    }

    @Override
    public String afterFailure() {
        return "; the restored tasks lack pages and are ended";
    }
}
