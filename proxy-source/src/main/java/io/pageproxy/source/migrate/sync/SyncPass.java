package io.pageproxy.source.migrate.sync;

import io.pageproxy.async.Reactions;
import io.pageproxy.frame.Frame.Sync;
import io.pageproxy.frame.Frame.SyncEnd;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.source.migrate.commit.Dialer;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import io.pageproxy.source.migrate.sync.SyncPlan.Folder;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pass over one folder. Both rsyncs run from {@link #open} on, but neither hears the other
 * before {@link #release}. For one thread, except for {@link #close}.
 */
final class SyncPass implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SyncPass.class);

    /** How long an rsync whose other side has ended may take to exit. */
    private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(10);

    /** Which pass of a folder it is. */
    enum Stage {
        /** While the tree runs; compares length and time. */
        FIRST,
        /** While the tree runs; compares contents, as the last one does. */
        REHEARSAL,
        /** The one for which the tree is frozen. */
        LAST
    }

    private final Folder folder;
    private final Stage stage;
    private final SyncConnection connection;
    private RsyncClient client; // Null before open; guarded by this.
    private boolean closed; // Guarded by this.
    private long startNanos;

    /**
     * A pass that has not begun.
     *
     * @param token of the migration
     */
    SyncPass(Folder folder, Stage stage, String token, Duration peerTimeout) {
        this.folder = folder;
        this.stage = stage;
        this.connection =
                new SyncConnection(
                        new Sync(token, folder.there(), isLast(), peerTimeout.toMillis()));
    }

    private boolean isLast() {
        return stage == Stage.LAST;
    }

    /**
     * Connects and starts both rsyncs; blocks.
     *
     * @param compress whether they compress what they send
     * @throws MigrationFailedException if the destination refuses or cannot be reached
     * @throws IOException if rsync cannot be started here
     */
    void open(SyncServices services, boolean compress) throws IOException, InterruptedException {
        Duration timeout = services.handshakeTimeout();
        Dialer dialer = services.dialer();
        try {
            dialer.dial(connection, timeout);
        } catch (SessionException e) {
            throw new MigrationFailedException(e.reason(), e.getMessage());
        }
        await(
                connection.ready(),
                timeout,
                "the destination did not take files within --handshake-timeout "
                        + timeout.toSeconds()
                        + "s");
        synchronized (this) {
            if (closed) {
                throw new MigrationFailedException(CloseReason.SHUTDOWN, "told to stop");
            }
            client =
                    RsyncClient.start(
                            services.launcher(), folder.here(), stage != Stage.FIRST, compress);
            connection.connect(client.child().takeSocket());
            Reactions.whenDone(client.child().exit(), connection::disconnect);
        }
    }

    /** Lets both begin. */
    void release() {
        startNanos = System.nanoTime();
        connection.release();
    }

    /**
     * Waits until both have ended; blocks.
     *
     * @param timeout how long the last pass may take since its release, and how long the first may
     *     bring nothing
     * @return how they ended
     * @throws MigrationFailedException if the connection fails, or the time is over
     */
    RsyncResult await(Duration timeout) throws InterruptedException {
        Duration left = isLast() ? timeout.minusNanos(System.nanoTime() - startNanos) : timeout;
        SyncEnd there = await(connection.ended(), left, tooLong(timeout));
        ExitStatus here =
                await(
                        client.child().exit(),
                        EXIT_TIMEOUT,
                        "rsync of "
                                + folder.here()
                                + " has not ended "
                                + EXIT_TIMEOUT.toSeconds()
                                + " s after the one at the destination");
        return new RsyncResult(here, there, client.said());
    }

    private String tooLong(Duration timeout) {
        return "rsync of "
                + folder.here()
                + (isLast()
                        ? " was not done with its last pass, while the tree was frozen, within"
                        : " has brought nothing in its first pass for")
                + " --sync-timeout "
                + timeout.toMillis() / 1e3
                + " s";
    }

    /** In the first pass the time begins anew with each byte. */
    private <T> T await(CompletableFuture<T> wanted, Duration timeout, String otherwise)
            throws InterruptedException {
        long before;
        do {
            before = connection.relayedBytes();
            try {
                return wanted.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                LOG.debug("{} bytes so far", connection.relayedBytes());
            } catch (ExecutionException e) {
                throw e.getCause() instanceof MigrationFailedException failed
                        ? failed
                        : new IllegalStateException(e.getCause());
            }
        } while (!isLast() && connection.relayedBytes() > before);
        throw new MigrationFailedException(CloseReason.PEER_SILENT, otherwise);
    }

    /** What it took so far. */
    SyncReport.Pass figures() {
        return new SyncReport.Pass(
                (System.nanoTime() - startNanos) / 1e9, connection.relayedBytes());
    }

    /** Bytes sent on the wire so far. */
    long wireBytes() {
        return connection.wireBytes();
    }

    /** Ends it, whatever it does; any thread. */
    @Override
    public void close() {
        connection.close();
        synchronized (this) {
            closed = true;
            if (client != null) {
                try {
                    client.close();
                } catch (IOException e) {
                    LOG.warn("the log of rsync stays: {}", e.getMessage());
                }
            }
        }
    }
}
