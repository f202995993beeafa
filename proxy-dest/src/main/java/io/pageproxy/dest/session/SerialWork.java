package io.pageproxy.dest.session;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Runs blocking work on workers, one piece after the other, and reports to an event loop. Once a
 * piece has failed those behind it are dropped. On that event loop.
 */
public final class SerialWork {
    private final Executor workers;
    private final Executor loop;
    private final Consumer<Throwable> onFailure;
    private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
    private boolean broken; // Used by one piece after the other.

    /**
     * Has no work yet.
     *
     * @param loop the event loop
     * @param onFailure told on the event loop of the piece that failed
     */
    public SerialWork(Executor workers, Executor loop, Consumer<Throwable> onFailure) {
        this.workers = workers;
        this.loop = loop;
        this.onFailure = onFailure;
    }

    /** Adds a piece; {@code next} runs on the event loop when it is done, unless it is dropped. */
    public void run(Runnable piece, Runnable next) {
        append(() -> attempt(piece, next));
    }

    /** Adds a piece that nothing waits for. */
    public void run(Runnable piece) {
        run(piece, () -> {});
    }

    /** Adds a piece that is never dropped; even if it fails, the pieces behind it run. */
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
