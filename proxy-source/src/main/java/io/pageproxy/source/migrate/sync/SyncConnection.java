package io.pageproxy.source.migrate.sync;

import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Sync;
import io.pageproxy.frame.Frame.SyncEnd;
import io.pageproxy.frame.Frame.SyncReady;
import io.pageproxy.net.AdoptedSockets;
import io.pageproxy.net.EventLoops;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import io.pageproxy.tunnel.SyncRelay;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The connection of one pass. It translates frames to futures, which fail with a {@link
 * MigrationFailedException} when the connection does, and relays what the two rsyncs say. On its
 * event loop, except where noted.
 */
final class SyncConnection implements TunnelListener {
    private final Sync greeting;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<SyncEnd> ended = new CompletableFuture<>();
    private volatile Tunnel tunnel; // Null before TLS is up.
    private volatile SyncRelay relay; // The same.

    SyncConnection(Sync greeting) {
        this.greeting = greeting;
    }

    /** The destination's rsync runs; any thread. */
    CompletableFuture<Void> ready() {
        return ready;
    }

    /** The destination's rsync has ended; any thread. */
    CompletableFuture<SyncEnd> ended() {
        return ended;
    }

    /** Bytes that the two rsyncs have exchanged; any thread. */
    long relayedBytes() {
        return relay == null ? 0 : relay.relayedBytes();
    }

    /** Bytes sent on the wire so far; any thread. */
    long wireBytes() {
        return tunnel == null ? 0 : tunnel.sentBytes();
    }

    /**
     * Connects our rsync, which hears nothing of the other one before {@link #release}. Any thread,
     * once it is ready.
     *
     * @param socket its descriptor, which becomes the connection's
     */
    void connect(int socket) {
        AdoptedSockets.adopt(socket, tunnel.channel().eventLoop(), relay.initializer());
    }

    /** Lets our rsync begin; any thread, once it is connected. */
    void release() {
        EventLoops.tryExecute(tunnel.channel().eventLoop(), relay::release);
    }

    /**
     * Our rsync has exited, so that the other one, which may wait for that, hears the end; any
     * thread. Its remote shell does not end by itself.
     */
    void disconnect() {
        EventLoops.tryExecute(tunnel.channel().eventLoop(), relay::close);
    }

    /** Ends it; any thread. */
    void close() {
        fail(Outcome.failed(Side.SOURCE, CloseReason.SHUTDOWN, "a pass of files is given up"));
        Tunnel up = tunnel;
        if (up != null) {
            EventLoops.tryExecute(up.channel().eventLoop(), relay::close);
            up.close();
        }
    }

    @Override
    public void onTunnelUp(Tunnel up) {
        relay = new SyncRelay(up, true, () -> onOurEnd(up));
        tunnel = up;
        if (ready.isDone()) {
            up.close(); // It was closed meanwhile.
        } else {
            up.send(greeting);
        }
    }

    private void onOurEnd(Tunnel up) {
        if (!ended.isDone()) {
            up.send(new SyncEnd(0, Optional.empty()));
        }
    }

    @Override
    public void onFrame(Frame frame) {
        if (frame instanceof Abort abort) {
            fail(abort.outcome(Side.DESTINATION, false));
            relay.close();
            tunnel.close();
        } else if (frame instanceof SyncReady && !ready.isDone()) {
            tunnel.setReading(false); // What the other rsync says waits until ours is connected.
            ready.complete(null);
        } else if (frame instanceof Block block && ready.isDone() && !ended.isDone()) {
            relay.take(block);
        } else if (frame instanceof SyncEnd end && ready.isDone() && !ended.isDone()) {
            ended.complete(end);
            relay.otherSideEnded();
        } else {
            throw frame.unexpectedFrom(Side.DESTINATION, "while files are copied");
        }
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        relay.onTunnelWritable(writable);
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        fail(Outcome.failed(Side.SOURCE, reason, message));
        if (relay != null) {
            relay.close();
        }
        if (tunnel != null) {
            tunnel.close();
        }
    }

    private void fail(Outcome outcome) {
        MigrationFailedException why = new MigrationFailedException(outcome);
        ready.completeExceptionally(why);
        ended.completeExceptionally(why);
    }
}
