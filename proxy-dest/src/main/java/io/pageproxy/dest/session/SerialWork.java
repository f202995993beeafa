package io.pageproxy.dest.session;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Does what blocks on workers, one piece after the other, and tells an event loop; after one that
 * has failed the others are dropped. To be used on that loop.
 */
public final class SerialWork {
    private final Executor workers;
    private final Executor loop;
    private final Consumer<Throwable> onFailure;
    private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
    private boolean broken; // Seen by one piece after the other only.

    /**
     * None yet.
     *
     * @param onFailure is told, on the loop, of the piece that failed
     */
    public SerialWork(Executor workers, Executor loop, Consumer<Throwable> onFailure) {
        this.workers = workers;
        this.loop = loop;
        this.onFailure = onFailure;
    }

    /** Adds a piece, and what comes on the loop when it is done; not where it was dropped. */
    public void run(Runnable piece, Runnable next) {
        append(() -> attempt(piece, next));
    }

    /** Adds a piece that nothing waits for. */
    public void run(Runnable piece) {
        run(piece, () -> {});
    }

    /**
     * Adds a piece that is done whether others have failed or not; those after it are, whether it
     * fails or not.
     */
    public void runAlways(Runnable piece) {
        append(
                () -> {
                    try {
                        piece.run();
                    } catch (RuntimeException | Error e) {
                        loop.execute(() -> onFailure.accept(e));
                    }
                });
    }

    private void append(Runnable step) {
        last =
                last.handleAsync(
                        (done, failure) -> {
                            step.run();
                            return null;
                        },
                        workers);
    }

    private void attempt(Runnable piece, Runnable next) {
        if (broken) {
            return;
        }
        try {
            piece.run();
            loop.execute(next);
        } catch (RuntimeException | Error e) {
            broken = true;
            loop.execute(() -> onFailure.accept(e));
        }
    }
}
