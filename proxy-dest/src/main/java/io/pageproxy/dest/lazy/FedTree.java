package io.pageproxy.dest.lazy;

import io.pageproxy.session.Outcome;
import java.util.concurrent.CompletableFuture;

/**
 * The tree whose memory a lazy session transports. Methods may be called from any thread, and what
 * they return completes on any.
 */
public interface FedTree {
    /** A tree that somebody else restores: we neither know nor end its tasks. */
    FedTree OTHERS =
            new FedTree() {
                @Override
                public CompletableFuture<Void> whole() {
                    return CompletableFuture.completedFuture(null);
                }

                @Override
                public CompletableFuture<Outcome> ending() {
                    return new CompletableFuture<>();
                }

                @Override
                public CompletableFuture<Void> restoreSettled() {
                    return CompletableFuture.completedFuture(null);
                }

                @Override
                public void released() {
                    // Nobody waits for that.
                }

                @Override
                public CompletableFuture<Void> failed(Outcome outcome) {
                    return CompletableFuture.completedFuture(null);
                }

                @Override
                public String afterFailure() {
                    return "; the restored tasks lack pages: kill them. The source's tasks run on";
                }
            };

    /**
     * The tree has all its memory. Completes when the source may be told so; never if the tree is
     * being killed.
     */
    CompletableFuture<Void> whole();

    /** Completes when the tree is being killed because something else has failed. */
    CompletableFuture<Outcome> ending();

    /**
     * Completes when an exit of the daemon can be taken as the cause of a failure. A restore that
     * dies also ends its daemon, and the daemon's exit is often noticed first: as long as the
     * restore has not resumed the tree, its own exit gets a moment to complete {@link #ending}
     * instead.
     */
    CompletableFuture<Void> restoreSettled();

    /** The source has given up its own tasks. */
    void released();

    /**
     * The session has failed: a tree that lacks pages is killed. Completes when no task is left
     * that could read zeros in place of its memory when the daemon ends.
     */
    CompletableFuture<Void> failed(Outcome outcome);

    /** The end of a message about a failed daemon: what happens to the tree. */
    String afterFailure();
}
