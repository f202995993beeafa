package io.pageproxy.dest.lazy;

import io.pageproxy.session.Outcome;
import java.util.concurrent.CompletableFuture;

/**
 * The tree whose memory a lazy session brings, where that tree is ours to end. Any thread; what is
 * returned completes on any.
 */
public interface FedTree {
    /** One that somebody else has restored. */
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
                    // Nobody waits for it.
                }

                @Override
                public CompletableFuture<Void> failed(Outcome outcome) {
                    return CompletableFuture.completedFuture(null);
                }

                @Override
                public String afterFailure() {
                    return "; the restored tasks lack pages: end them. The source's run on";
                }
            };

    /**
     * It has all its memory. Completes when the source may be told so; never where the tree is
     * being ended.
     */
    CompletableFuture<Void> whole();

    /** Completes when it is being ended, for what else has failed. */
    CompletableFuture<Outcome> ending();

    /**
     * Completes when an end of the daemon can be taken as the cause of a failure. A restore that
     * dies takes its daemon with it, and the daemon's end is often noticed first: while the restore
     * has not let the tree run, its own end gets a moment to complete {@link #ending} instead.
     */
    CompletableFuture<Void> restoreSettled();

    /** The source has given up its own tasks. */
    void released();

    /**
     * The session has failed: what lacks pages is ended. Completes when no task is left that the
     * end of the daemon could let read zeros in place of its memory.
     */
    CompletableFuture<Void> failed(Outcome outcome);

    /** What a message of a failed daemon says of the tree. */
    String afterFailure();
}
