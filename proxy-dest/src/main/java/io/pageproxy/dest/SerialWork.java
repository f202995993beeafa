package io.pageproxy.dest;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Does what blocks on workers, one piece after the other; after one that has failed the others are
 * dropped. To be filled on one thread.
 */
final class SerialWork {
    private final Executor workers;
    private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
    private boolean broken; // Seen by one piece after the other only.

    SerialWork(Executor workers) {
        this.workers = workers;
    }

    /**
     * Adds a piece.
     *
     * @return completes when its turn is over, exceptionally where it failed; not where it was
     *     dropped
     */
    CompletableFuture<Void> add(Runnable piece) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        last =
                last.thenRunAsync(
                        () -> {
                            if (!broken) {
                                attempt(piece, done);
                            }
                        },
                        workers);
        return done;
    }

    /** Adds a piece that is done whether others have failed or not. */
    void addAlways(Runnable piece) {
        last = last.thenRunAsync(piece, workers);
    }

    private void attempt(Runnable piece, CompletableFuture<Void> done) {
        try {
            piece.run();
            done.complete(null);
        } catch (RuntimeException e) {
            broken = true;
            done.completeExceptionally(e);
        }
    }
}
