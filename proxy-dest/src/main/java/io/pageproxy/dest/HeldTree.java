package io.pageproxy.dest;

import io.pageproxy.async.Reactions;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** A tree that is restored and held until it is said whether it runs. On an event loop. */
final class HeldTree {
    private final Restores restores;
    private final Executor loop;
    private final SerialWork work;
    private final Consumer<Throwable> owner;
    private Restores.Held restore;
    private boolean givenUp;
    private volatile List<Long> left = List.of();

    /**
     * One that nothing has been done for yet.
     *
     * @param loop where all is done, with an owner for what is thrown there
     * @param owner is told of what fails and has no other way to be heard
     */
    HeldTree(Restores restores, Executor loop, SerialWork work, Consumer<Throwable> owner) {
        this.restores = restores;
        this.loop = loop;
        this.work = work;
        this.owner = owner;
    }

    /**
     * Restores it.
     *
     * @param lazy whether its memory comes later
     * @param onReady when all is there and held
     * @param onEnd when the restore has ended; with success the tree runs
     */
    void start(Path folder, boolean lazy, Runnable onReady, Consumer<ExitStatus> onEnd) {
        work.run(
                () -> {
                    Restores.Held started = start(folder, lazy);
                    loop.execute(() -> onStarted(started, onReady, onEnd));
                });
    }

    private Restores.Held start(Path folder, boolean lazy) {
        try {
            return restores.start(folder, lazy);
        } catch (IOException e) {
            throw new SessionException(
                    CloseReason.RESTORE_FAILED,
                    "the restore could not be started: " + FailureText.of(e));
        }
    }

    private void onStarted(Restores.Held started, Runnable onReady, Consumer<ExitStatus> onEnd) {
        restore = started;
        if (givenUp) {
            started.giveUp();
            return;
        }
        Reactions.when(started.ready(), loop, ready -> onReady.run(), owner);
        Reactions.when(started.exit(), loop, onEnd, owner);
    }

    /** Whether a restore was begun. */
    boolean begun() {
        return restore != null;
    }

    /** Lets it run; where that cannot be said, it is killed, and the restore's end says so. */
    void run() {
        try {
            restore.run();
        } catch (IOException e) {
            restore.giveUp();
        }
    }

    /**
     * Has it killed without having run, and goes on when nothing is left of it but what {@link
     * #left} says. A restore that was killed itself has killed nothing.
     */
    void giveUp(Runnable next) {
        givenUp = true;
        if (restore == null) {
            next.run();
        } else {
            restore.giveUp();
            Reactions.whenDone(
                    restore.exit(),
                    () -> loop.execute(() -> look(() -> left = restore.killLeft(), next)));
        }
    }

    /** Looks for what the restore has left without having let it run: {@code next} when it has. */
    void lookForLeft(Runnable next) {
        look(() -> left = restore.left(), next);
    }

    private void look(Runnable piece, Runnable next) {
        work.runAlways(
                () -> {
                    try {
                        piece.run();
                    } finally {
                        loop.execute(next);
                    }
                });
    }

    /** The tasks that were left when it was looked for them last. */
    List<Long> left() {
        return left;
    }

    /** Its root, where it is held and criu has said it. */
    OptionalLong root() {
        return restore == null ? OptionalLong.empty() : restore.root();
    }

    /** Its root, where it runs and is known. */
    OptionalLong pid() {
        return restore == null ? OptionalLong.empty() : restore.pid();
    }
}
