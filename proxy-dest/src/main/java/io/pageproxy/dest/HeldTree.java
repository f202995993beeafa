package io.pageproxy.dest;

import io.netty.channel.EventLoop;
import io.pageproxy.dest.egress.Restores;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** A tree that is restored and held until it is said whether it runs. On an event loop. */
final class HeldTree {
    private final Restores restores;
    private final EventLoop loop;
    private Restores.Held restore;
    private boolean givenUp;

    /** One that nothing has been done for yet. */
    HeldTree(Restores restores, EventLoop loop) {
        this.restores = restores;
        this.loop = loop;
    }

    /**
     * Restores it.
     *
     * @param lazy whether its memory comes later
     * @param onReady when all is there and held
     * @param onEnd when the restore has ended; with success the tree runs
     */
    void start(
            Path folder,
            boolean lazy,
            SerialWork work,
            Runnable onReady,
            Consumer<ExitStatus> onEnd) {
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
                    "the restore could not be started: " + e.getMessage());
        }
    }

    private void onStarted(Restores.Held started, Runnable onReady, Consumer<ExitStatus> onEnd) {
        restore = started;
        if (givenUp) {
            started.giveUp();
            return;
        }
        started.ready().thenRun(() -> loop.execute(onReady));
        started.exit().thenAccept(exit -> loop.execute(() -> onEnd.accept(exit)));
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

    /** Has it killed without having run, and goes on when nothing is left of it. */
    void giveUp(Runnable next) {
        givenUp = true;
        if (restore == null) {
            next.run();
        } else {
            restore.giveUp();
            restore.exit().whenComplete((exit, failure) -> loop.execute(next));
        }
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
