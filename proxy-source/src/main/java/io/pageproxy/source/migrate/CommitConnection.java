package io.pageproxy.source.migrate;

import io.netty.channel.ChannelFutureListener;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.Tunnel;
import io.pageproxy.net.TunnelListener;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import java.util.concurrent.CompletableFuture;

/**
 * A connection on which the destination is told that the tasks are gone here, and answers. What is
 * to come is told by futures; any thread may wait for them.
 */
class CommitConnection implements TunnelListener {
    private final Frame greeting;
    private final CompletableFuture<Committed> committed = new CompletableFuture<>();
    private final CompletableFuture<Outcome> failed = new CompletableFuture<>();
    private volatile Tunnel tunnel;
    private volatile boolean said;

    /**
     * One that begins with that frame.
     *
     * @param says whether that frame says already that the tasks are gone
     */
    CommitConnection(Frame greeting, boolean says) {
        this.greeting = greeting;
        this.said = says;
    }

    /** The copy there is the one that runs; fails with a {@link SessionException}. */
    CompletableFuture<Committed> committed() {
        return committed;
    }

    /** Completes, never exceptionally, when the connection is of no more use. */
    CompletableFuture<Outcome> failed() {
        return failed;
    }

    /** Whether the destination may have heard that the tasks are gone. */
    boolean said() {
        return said && tunnel != null;
    }

    /** From now on it may. */
    void saysSo() {
        said = true;
    }

    /** The connection; null before TLS is up. */
    Tunnel tunnel() {
        return tunnel;
    }

    /** Bytes sent on the wire so far, TLS included. */
    long wireBytes() {
        return tunnel == null ? 0 : tunnel.sentBytes();
    }

    @Override
    public void onTunnelUp(Tunnel up) {
        if (takeUp(up)) {
            up.send(greeting);
        } else {
            up.close();
        }
    }

    private synchronized boolean takeUp(Tunnel up) {
        if (failed.isDone()) {
            return false;
        }
        tunnel = up;
        return true;
    }

    /** Gives up where TLS is not up yet: then the destination will never hear the greeting. */
    synchronized void failUnlessUp(String message) {
        if (tunnel == null) {
            fail(CloseReason.PEER_SILENT, message);
        }
    }

    @Override
    public void onFrame(Frame frame) {
        if (frame instanceof Abort abort) {
            end(abort.outcome(Side.DESTINATION, false));
            tunnel.close();
        } else if (frame instanceof Committed answer && said) {
            committed.complete(answer);
        } else if (!take(frame)) {
            throw frame.unexpectedFrom(Side.DESTINATION, "where it was not due");
        }
    }

    /** Takes what else may come, if that is due. */
    boolean take(Frame frame) {
        return false;
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        // Who sends looks for himself.
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        fail(reason, message);
    }

    /** Says that the tasks are gone here to a destination whose tree has all its memory. */
    void deliver() {
        tunnel.send(new Frame.Delivered()).addListener(ChannelFutureListener.CLOSE);
    }

    /** Gives up, and tells the destination; nothing where it has failed before. Any thread. */
    void fail(CloseReason reason, String message) {
        Outcome outcome = Outcome.failed(Side.SOURCE, reason, message);
        if (end(outcome) && tunnel != null) {
            EventLoops.tryExecute(tunnel.channel().eventLoop(), () -> tunnel.abort(outcome));
        }
    }

    private boolean end(Outcome outcome) {
        boolean first = failed.complete(outcome);
        SessionException why = new SessionException(outcome.reason(), outcome.message());
        committed.completeExceptionally(why);
        onEnd(why);
        return first;
    }

    /** Whoever waits for something else is told. */
    void onEnd(SessionException why) {
        // There is nothing else.
    }
}
