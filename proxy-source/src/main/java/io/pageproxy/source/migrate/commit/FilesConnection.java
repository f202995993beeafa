package io.pageproxy.source.migrate.commit;

import io.pageproxy.async.BackgroundTask;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Attached;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Staged;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first connection of a migration: it brings the images, and on it the two sides agree which
 * copy runs. Its futures fail with a {@link MigrationFailedException} when the connection does.
 */
public final class FilesConnection extends CommitConnection {
    private static final Logger LOG = LoggerFactory.getLogger(FilesConnection.class);

    private final CompletableFuture<Attached> attached = new CompletableFuture<>();
    private final CompletableFuture<Staged> staged = new CompletableFuture<>();
    private final CompletableFuture<Attached> lazy = new CompletableFuture<>();
    private final Optional<String> migration;
    private final boolean mayTurnLazy;
    private volatile boolean turning;
    private volatile boolean allSent;

    public FilesConnection(Attach attach) {
        super(attach, false);
        this.migration = attach.migration();
        this.mayTurnLazy = attach.mayTurnLazy();
    }

    /**
     * Connects on a separate thread, since nothing can interrupt a thread that connects.
     *
     * @param timeout for connecting, and once more for the answer
     */
    public void open(Dialer dialer, Duration timeout) {
        BackgroundTask.start("dial", () -> dial(dialer, timeout));
    }

    private Void dial(Dialer dialer, Duration timeout) {
        try {
            dialer.dial(this, timeout);
            attached.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (SessionException e) {
            fail(e.reason(), e.getMessage());
        } catch (ExecutionException e) {
            LOG.debug("the destination refuses", e);
        } catch (TimeoutException e) {
            fail(
                    CloseReason.PEER_SILENT,
                    "the destination did not answer within --handshake-timeout "
                            + timeout.toSeconds()
                            + "s");
        } catch (InterruptedException | RuntimeException | Error e) {
            fail(CloseReason.LOCAL_FAILURE, "the destination cannot be dialled: " + e);
        }
        return null;
    }

    /** The id of the migration, if it has one. */
    public Optional<String> migration() {
        return migration;
    }

    /** Whether {@link #turnLazy} may be called. */
    public boolean mayTurnLazy() {
        return mayTurnLazy;
    }

    /** The destination takes the files. */
    public CompletableFuture<Attached> attached() {
        return attached;
    }

    /** The images are whole there and, if requested, the tree is restored and held. */
    public CompletableFuture<Staged> staged() {
        return staged;
    }

    @Override
    boolean accept(Frame frame) {
        if (frame instanceof Attached answer && !attached.isDone()) {
            tunnel().setPeerTimeoutMillis(answer.peerTimeoutMillis());
            attached.complete(answer);
        } else if (frame instanceof Attached answer && turning && !lazy.isDone()) {
            lazy.complete(answer);
        } else if (frame instanceof Staged answer && allSent && !staged.isDone()) {
            staged.complete(answer);
        } else {
            return false;
        }
        return true;
    }

    @Override
    void onEnd(MigrationFailedException why) {
        attached.completeExceptionally(why);
        lazy.completeExceptionally(why);
        staged.completeExceptionally(why);
    }

    /**
     * Says that the rounds are over and that the tree will run before the rest of its pages is
     * there.
     *
     * @param lastRound its session
     * @return completes when the destination is ready for that
     */
    public CompletableFuture<Attached> turnLazy(String lastRound) {
        turning = true;
        if (!failed().isDone()) {
            tunnel().send(new Frame.TurnLazy(lastRound));
        }
        return lazy;
    }

    /** Says that all files are sent. */
    void sendFilesEnd(int files, long bytes) {
        allSent = true;
        tunnel().send(new Frame.FilesEnd(files, bytes));
    }

    /** Says that the tasks here are gone; does nothing after a failure. */
    public void sendCommit() {
        if (!failed().isDone()) {
            onCommitSent();
            tunnel().send(new Commit());
        }
    }
}
