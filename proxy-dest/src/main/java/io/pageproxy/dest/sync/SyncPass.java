package io.pageproxy.dest.sync;

import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Sync;
import io.pageproxy.frame.Frame.SyncEnd;
import io.pageproxy.frame.Frame.SyncReady;
import io.pageproxy.net.AdoptedSockets;
import io.pageproxy.net.EventLoops;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import io.pageproxy.text.FailureText;
import io.pageproxy.tunnel.SyncRelay;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelHandler;
import io.pageproxy.tunnel.TunnelListener;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pass of rsync over one folder: the source's rsync is on the other end of the connection, and
 * a daemon is our child. On the connection's event loop, except where noted.
 *
 * <pre>
 *  STARTING --daemon runs / SYNC_READY--> RELAYING --it has ended / SYNC_END--> OVER
 *      |                                      |                                  ^
 *      +------- failure, stop / ABORT --------+----------------------------------+
 * </pre>
 */
final class SyncPass implements TunnelListener, SyncedFolders.Pass {
    private static final Logger LOG = LoggerFactory.getLogger(SyncPass.class);

    /** How long a source may take to close the connection of a pass that is over. */
    private static final long CLOSE_TIMEOUT_SECONDS = 2;

    private enum State {
        STARTING,
        RELAYING,
        OVER
    }

    private final ChildLauncher launcher;
    private final Executor workers;
    private final SyncedFolders folders;
    private final Sync sync;
    private final Tunnel tunnel;
    private final EventLoop loop;
    private final SyncRelay relay;
    private final CompletableFuture<Void> socketEnded = new CompletableFuture<>();
    private final long startNanos = System.nanoTime();
    private State state = State.STARTING;
    private RsyncDaemon daemon; // Null before RELAYING.

    private SyncPass(
            ChildLauncher launcher,
            Executor workers,
            IncomingConnection connection,
            SyncedFolders folders,
            Sync sync) {
        this.launcher = launcher;
        this.workers = workers;
        this.folders = folders;
        this.sync = sync;
        this.tunnel = connection.tunnel();
        this.loop = connection.loop();
        this.relay = new SyncRelay(tunnel, false, () -> socketEnded.complete(null));
    }

    /** Takes the connection over. */
    static void begin(
            ChildLauncher launcher,
            Executor workers,
            IncomingConnection connection,
            SyncedFolders folders,
            Sync sync) {
        SyncPass pass = new SyncPass(launcher, workers, connection, folders, sync);
        TunnelHandler.setListener(pass.tunnel, pass);
        Reactions.when(
                CompletableFuture.supplyAsync(pass::start, workers),
                pass.loop,
                pass::onStarted,
                pass::onFailed);
    }

    /** On a worker. */
    private RsyncDaemon start() {
        try {
            int target = folders.begin(sync, this);
            try {
                return RsyncDaemon.start(launcher, target);
            } finally {
                Posix.close(target);
            }
        } catch (IOException e) {
            throw new SessionException(
                    CloseReason.LOCAL_FAILURE,
                    "rsync cannot be started at the destination: " + FailureText.of(e));
        }
    }

    private void onStarted(RsyncDaemon started) {
        daemon = started;
        if (state == State.OVER) {
            folders.ended(sync, this, false);
            closeDaemon();
            return;
        }
        state = State.RELAYING;
        int socket = started.child().takeSocket();
        AdoptedSockets.adopt(socket, loop, relay.initializer())
                .addListener(
                        adopted -> {
                            if (adopted.isSuccess() && state == State.RELAYING) {
                                tunnel.expectBlocks();
                                tunnel.send(new SyncReady());
                            } else if (state == State.RELAYING) {
                                onFailed(adopted.cause());
                            }
                        });
        Reactions.when(
                CompletableFuture.allOf(socketEnded, started.child().exit()),
                workers,
                ended -> onDaemonEnded(started),
                cause -> loop.execute(() -> onFailed(cause)));
    }

    /** On a worker. */
    private void onDaemonEnded(RsyncDaemon ended) {
        ExitStatus exit = ended.child().exit().join();
        Optional<String> said = exit.success() ? Optional.empty() : Optional.of(ended.said());
        if (exit.success()) {
            folders.permit().check(sync.path());
        }
        loop.execute(() -> end(exit, said));
    }

    private void end(ExitStatus exit, Optional<String> said) {
        if (state != State.RELAYING) {
            return;
        }
        state = State.OVER;
        folders.ended(sync, this, exit.success());
        LOG.info(
                "migration={} files into {}, {} pass: {}, {} bytes in {} s",
                folders.permit().migration(),
                sync.path().orElse("the bundle"),
                sync.last() ? "last" : "first",
                exit.describe(),
                relay.relayedBytes(),
                (System.nanoTime() - startNanos) / 1e9);
        closeDaemon();
        tunnel.send(new SyncEnd(exit.shellCode(), said));
        // The source closes: what it still sends would reset the connection, ahead of this frame.
        loop.schedule(tunnel::close, CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void onFrame(Frame frame) {
        if (state == State.OVER) {
            frame.release();
        } else if (frame instanceof Abort abort) {
            over();
            LOG.info("a pass of files is given up: {}", abort.message());
            tunnel.close();
        } else if (frame instanceof Block block && state == State.RELAYING) {
            countOrRelease(block);
            relay.take(block);
        } else if (frame instanceof SyncEnd && state == State.RELAYING) {
            relay.otherSideEnded();
        } else {
            throw frame.unexpectedFrom(Side.SOURCE, "while " + state);
        }
    }

    private void countOrRelease(Block block) {
        try {
            folders.permit().count(block.rawBytes());
        } catch (RuntimeException e) {
            block.release();
            throw e;
        }
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        relay.onTunnelWritable(writable);
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        if (state == State.OVER) {
            tunnel.close();
        } else {
            fail(reason, message);
        }
    }

    @Override
    public void stop(CloseReason reason, String message) {
        EventLoops.tryExecute(loop, () -> fail(reason, message));
    }

    private void onFailed(Throwable cause) {
        folders.ended(sync, this, false);
        if (cause instanceof SessionException ended) {
            fail(ended.reason(), ended.getMessage());
        } else {
            onFault(cause);
        }
    }

    private void onFault(Throwable fault) {
        LOG.error("internal error, please report it", fault);
        fail(CloseReason.LOCAL_FAILURE, "internal error of pageproxy: " + fault);
    }

    private void fail(CloseReason reason, String message) {
        if (state != State.OVER) {
            over();
            LOG.warn(
                    "migration={} a pass of files ends: {}", folders.permit().migration(), message);
            tunnel.abort(Outcome.failed(Side.DESTINATION, reason, message));
        }
    }

    private void over() {
        state = State.OVER;
        folders.ended(sync, this, false);
        relay.close();
        if (daemon != null) {
            closeDaemon();
        }
    }

    private void closeDaemon() {
        RsyncDaemon last = daemon;
        workers.execute(
                () -> {
                    try {
                        last.close();
                    } catch (IOException e) {
                        LOG.warn("files of rsync stay: {}", e.getMessage());
                    }
                });
    }
}
