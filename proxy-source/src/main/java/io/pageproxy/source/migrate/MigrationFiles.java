package io.pageproxy.source.migrate;

import io.pageproxy.async.BackgroundTask;
import io.pageproxy.async.Reactions;
import io.pageproxy.session.CloseReason;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import io.pageproxy.source.migrate.sync.FileSync;
import io.pageproxy.source.migrate.sync.SyncReport;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The files of one migration; for its thread. */
final class MigrationFiles implements AutoCloseable {
    private final FileSync sync;
    private final FirstFailure failure;

    /**
     * @param failure ends a pass that is under way
     */
    MigrationFiles(FileSync sync, FirstFailure failure) {
        this.sync = sync;
        this.failure = failure;
    }

    /** Whether any are copied. */
    boolean any() {
        return !sync.plan().folders().isEmpty();
    }

    /**
     * The first pass of all folders; blocks.
     *
     * @param predicts whether {@link #predictedSeconds} will be asked for
     */
    void copyFirst(String token, boolean predicts) {
        run(
                () -> {
                    sync.copyFirst(token, predicts);
                    return null;
                });
    }

    /** The last pass of all folders, while the tree is frozen; blocks. */
    void copyLast() {
        run(
                () -> {
                    sync.copyLast();
                    return null;
                });
    }

    /** If the migration fails meanwhile, all passes end. */
    private void run(Callable<Void> passes) {
        if (!any()) {
            return;
        }
        CompletableFuture<Void> done = BackgroundTask.start("sync", passes);
        try {
            failure.await(done);
        } catch (CompletionException e) {
            throw failed(Reactions.causeOf(e));
        } finally {
            if (!done.isDone()) {
                sync.close();
                done.handle((result, thrown) -> null).join();
            }
        }
    }

    private static RuntimeException failed(Throwable cause) {
        if (cause instanceof MigrationFailedException known) {
            return known;
        }
        return cause instanceof IOException
                ? new MigrationFailedException(
                        CloseReason.LOCAL_FAILURE,
                        "files cannot be copied: " + FailureText.of(cause))
                : new IllegalStateException(cause);
    }

    /** What the last pass will probably take; 0 if nothing is copied. Any thread. */
    double predictedSeconds() {
        return sync.predictedSeconds();
    }

    /** What the passes took so far. */
    List<SyncReport> reports() {
        return sync.reports();
    }

    /** Bytes that they sent on the wire. */
    long wireBytes() {
        return sync.wireBytes();
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        sync.close();
    }
}
