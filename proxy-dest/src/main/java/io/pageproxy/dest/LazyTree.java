package io.pageproxy.dest;

import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.dest.lazy.FedTree;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.process.Posix;
import io.pageproxy.process.TreeGuard;
import io.pageproxy.process.TreeGuard.Action;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tree of a lazy migration, which runs before its memory is there: its lazy-pages daemon, and
 * the guard that ends it where we end. Whatever ends it kills its tasks before the daemon loses its
 * socket, since a task whose daemon is gone reads zeros in place of its memory.
 *
 * <pre>
 *   HELD --the restore lets it run--> RUNNING --the daemon has all pages--> WHOLE --Delivered--> OVER
 *                                                    pages' connection lost |          ^
 *                                                                           v          | Delivered on another,
 *                                                                        STOPPED ------+ or too much time
 *   HELD, RUNNING: where we end, the guard kills it
 *   from WHOLE on: where we end, the guard stops it, since the source may have given up its own
 * </pre>
 *
 * <p>On the attachment's event loop, but for {@link FedTree}'s methods, which are for any thread.
 */
final class LazyTree implements FedTree {
    private static final Logger LOG = LoggerFactory.getLogger(LazyTree.class);

    /** How much later than its daemon's end the end of a restore may be noticed. */
    private static final long RESTORE_END_NOTICE_MILLIS = 1_000;

    private enum State {
        HELD,
        RUNNING,
        WHOLE,
        STOPPED,
        OVER
    }

    /** Who decides about it; on its event loop. */
    interface Owner {
        /** It has all its memory, and whoever asks for it may be told. */
        void onWhole();

        /** Its memory comes no more: it is to be ended. */
        void onPagesFailed(Outcome outcome);

        /** It is for us no more, and runs or, where that failed, stands. */
        void onLazyOver(Outcome outcome);
    }

    private final Restores restores;
    private final EventLoop loop;
    private final SerialWork work;
    private final Duration hold;
    private final Owner owner;
    private final AttachedDaemons daemons;
    private final CompletableFuture<Void> wholeAsked = new CompletableFuture<>();
    private final CompletableFuture<Void> whole = new CompletableFuture<>();
    private final CompletableFuture<Outcome> ending = new CompletableFuture<>();
    private final CompletableFuture<Void> harmless = new CompletableFuture<>();

    private State state = State.HELD;
    private OptionalLong root = OptionalLong.empty();
    private TreeGuard guard; // Used by one piece of work after the other.

    /**
     * One that nothing has been done for yet.
     *
     * @param hold how long it stands stopped for the source to say what became of its own
     */
    LazyTree(Restores restores, EventLoop loop, SerialWork work, Duration hold, Owner owner) {
        this.restores = restores;
        this.loop = loop;
        this.work = work;
        this.hold = hold;
        this.owner = owner;
        this.daemons = restores.lazyDaemons();
    }

    AttachedDaemons daemons() {
        return daemons;
    }

    /** Has the daemon wait for the restore: {@code next} when it does. */
    void startDaemon(Path folder, Runnable next) {
        work.run(() -> daemons.start(folder), next);
    }

    /** It is restored and held: {@code next} when it cannot outlive us any more. */
    void guard(OptionalLong ofRoot, Runnable next) {
        root = ofRoot;
        work.run(this::startGuard, next);
    }

    private void startGuard() {
        int socket = holdDaemonSocket();
        try {
            try {
                guard =
                        restores.guard(
                                root.orElseThrow(
                                        () -> new IOException("criu does not say its root")),
                                OptionalInt.of(socket));
            } finally {
                Posix.close(socket);
            }
        } catch (IOException e) {
            throw new SessionException(
                    CloseReason.RESTORE_FAILED,
                    "the restored tree cannot be guarded: " + FailureText.of(e));
        }
    }

    private int holdDaemonSocket() {
        try {
            return daemons.holdSocket().join();
        } catch (CompletionException e) {
            throw new SessionException(
                    CloseReason.PAGE_SERVER_FAILED,
                    "criu lazy-pages ended before the restored tree could run: "
                            + FailureText.of(e));
        }
    }

    /** Its root as the restore has said. */
    OptionalLong root() {
        return root;
    }

    /** It runs. */
    void running() {
        state = State.RUNNING;
        Reactions.when(wholeAsked, loop, asked -> becomeWhole(), this::onFault);
    }

    private void onFault(Throwable fault) {
        LOG.error("a fault of pageproxy's own, please report it", fault);
        onFailed(
                Outcome.failed(
                        Side.DESTINATION,
                        CloseReason.LOCAL_FAILURE,
                        "a fault of pageproxy's own: " + fault));
    }

    /** Whether it has all its memory, so that it is not for us any more to end it. */
    boolean isWhole() {
        return state.compareTo(State.WHOLE) >= 0;
    }

    private void becomeWhole() {
        if (state != State.RUNNING || ending.isDone()) {
            return;
        }
        state = State.WHOLE;
        tell(() -> guard.onOwnerExit(Action.STOP, Duration.ZERO));
        work.runAlways(
                () ->
                        loop.execute(
                                () -> {
                                    owner.onWhole();
                                    whole.complete(null);
                                }));
    }

    private void onReleased() {
        if (state == State.STOPPED) {
            tell(() -> guard.apply(Action.CONT));
        }
        if (state == State.WHOLE || state == State.STOPPED) {
            over(
                    Outcome.completed(
                            Side.DESTINATION,
                            "the tree runs here with all of its memory, its root is "
                                    + root.orElse(-1)));
        }
    }

    private void onFailed(Outcome outcome) {
        if (!isWhole()) {
            owner.onPagesFailed(outcome);
        } else if (state == State.WHOLE) {
            stopAndWait(outcome);
        }
    }

    /** Whether the source has given its own copy up only the source can tell, and it may try to. */
    private void stopAndWait(Outcome outcome) {
        state = State.STOPPED;
        tell(() -> guard.apply(Action.STOP));
        LOG.warn(
                "{}: the tree of root {} has all of its memory and is stopped for {} s, for the"
                        + " source to say whether its tasks are gone",
                outcome.message(),
                root.orElse(-1),
                hold.toSeconds());
        loop.schedule(() -> leaveStopped(outcome), hold.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void leaveStopped(Outcome outcome) {
        if (state == State.STOPPED) {
            over(
                    Outcome.failed(
                            Side.DESTINATION,
                            outcome.reason(),
                            outcome.message()
                                    + "; the tree has all of its memory here and is stopped, since"
                                    + " the source did not say whether its tasks are gone. If they"
                                    + " are, let it run: kill -CONT each task of the tree of "
                                    + root.orElse(-1)
                                    + "; else kill it"));
        }
    }

    private void over(Outcome outcome) {
        state = State.OVER;
        gone();
        tell(
                () -> {
                    guard.leave();
                    guard.close();
                });
        owner.onLazyOver(outcome);
    }

    /** What a guard is told; one that is gone was killed, and its tree is still there. */
    @FunctionalInterface
    private interface Word {
        void say() throws IOException;
    }

    private void tell(Word word) {
        work.runAlways(
                () -> {
                    try {
                        word.say();
                    } catch (IOException e) {
                        LOG.warn("the tree of root {}: {}", root, e.getMessage());
                    }
                });
    }

    /**
     * Kills it, as far as it is guarded: {@code next}, on the loop, when nothing is left of that.
     *
     * @param why for the session that brings its memory
     * @param mayRun whether it was let run; else the daemon may go first, and does, since the
     *     restore may wait for it
     */
    void end(Outcome why, boolean mayRun, Runnable next) {
        ending.complete(why);
        if (!mayRun) {
            gone();
        }
        work.runAlways(this::kill);
        work.runAlways(() -> loop.execute(next));
    }

    private void kill() {
        if (guard == null) {
            return;
        }
        try (TreeGuard first = guard) {
            first.apply(Action.KILL);
        } catch (IOException e) {
            LOG.warn("the tree of root {}: {}; another guard kills it", root, e.getMessage());
            killAgain();
        }
    }

    private void killAgain() {
        try (TreeGuard another = restores.guard(root.orElseThrow(), OptionalInt.empty())) {
            another.apply(Action.KILL);
        } catch (IOException gone) {
            LOG.warn("the tree of root {} is gone: {}", root, gone.getMessage());
        }
    }

    /** Nothing is left of it that the daemon's end could do harm to. */
    void gone() {
        harmless.complete(null);
    }

    // ---- for the session that brings its memory

    @Override
    public CompletableFuture<Void> whole() {
        wholeAsked.complete(null);
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
                    if (state == State.HELD) {
                        loop.schedule(
                                () -> settled.complete(null),
                                RESTORE_END_NOTICE_MILLIS,
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

    @Override
    public CompletableFuture<Void> failed(Outcome outcome) {
        loop.execute(() -> onFailed(outcome));
        return harmless; // A daemon whose tree is whole has ended by itself.
    }

    @Override
    public String afterFailure() {
        return "; the restored tasks lack pages and are ended";
    }
}
