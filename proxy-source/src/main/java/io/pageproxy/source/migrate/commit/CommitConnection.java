package io.pageproxy.source.migrate.commit;

import io.netty.channel.ChannelFutureListener;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.net.EventLoops;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;
import java.util.concurrent.CompletableFuture;

/**
 * A connection on which the destination is told that the tasks here are gone, and answers. It
 * translates frames to futures and decides nothing; any thread may wait for the futures.
 */
public class CommitConnection implements TunnelListener {
    private final Frame greeting;
    private final CompletableFuture<Committed> committed = new CompletableFuture<>();
    private final CompletableFuture<Outcome> failed = new CompletableFuture<>();
    private volatile Tunnel tunnel;
    private volatile boolean commitSent;

    /**
     * A connection that is not made yet.
     *
     * @param greeting its first frame
     * @param greetingCommits whether that frame itself says that the tasks are gone
     */
    CommitConnection(Frame greeting, boolean greetingCommits) {
        this.greeting = greeting;
        this.commitSent = greetingCommits;
    }

    /** The copy there is the one that runs; fails with a {@link MigrationFailedException}. */
    public CompletableFuture<Committed> committed() {
        return committed;
    }

    /** Completes, never exceptionally, when the connection is of no more use. */
    public CompletableFuture<Outcome> failed() {
        return failed;
    }

    /** Whether the destination may have been told on this connection that the tasks are gone. */
    public boolean mayHaveCommitted() {
        return commitSent && tunnel != null;
    }

    /** Must be called before a frame is sent that tells it so. */
    void onCommitSent() {
        commitSent = true;
    }

    /** The connection; null before TLS is up. */
    Tunnel tunnel() {
        return tunnel;
    }

    /** Bytes sent on the wire so far, TLS included. */
    public long wireBytes() {
        return tunnel == null ? 0 : tunnel.sentBytes();
    }

    @Override
    public void onTunnelUp(Tunnel up) {
        if (accept(up)) {
            up.send(greeting);
        } else {
            up.close();
        }
    }

    private synchronized boolean accept(Tunnel up) {
        if (failed.isDone()) {
            return false;
        }
        tunnel = up;
        return true;
    }

    /** Gives up if TLS is not up yet; the destination then never receives the greeting. */
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
        } else if (frame instanceof Committed answer && commitSent) {
            committed.complete(answer);
        } else if (!accept(frame)) {
            throw frame.unexpectedFrom(Side.DESTINATION, "unexpectedly");
        }
    }

    /**
     * Handles a frame other than ABORT and COMMITTED.
     *
     * @return whether it was expected
     */
    boolean accept(Frame frame) {
        return false;
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        // The sender of files checks it before each block.
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        fail(reason, message);
    }

    /** Says that the tasks here are gone to a destination whose tree has all its memory. */
    public void deliver() {
        tunnel.send(new Frame.Delivered()).addListener(ChannelFutureListener.CLOSE);
    }

    /** Gives up and tells the destination; does nothing after a failure. Any thread. */
    public void fail(CloseReason reason, String message) {
        Outcome outcome = Outcome.failed(Side.SOURCE, reason, message);
        if (end(outcome) && tunnel != null) {
            EventLoops.tryExecute(tunnel.channel().eventLoop(), () -> tunnel.abort(outcome));
        }
    }

    private boolean end(Outcome outcome) {
        boolean first = failed.complete(outcome);
        MigrationFailedException why = new MigrationFailedException(failed.join());
        committed.completeExceptionally(why);
        onEnd(why);
        return first;
    }

    /** Fails the futures of a subclass. */
    void onEnd(MigrationFailedException why) {
        // This class has no others.
    }
}
