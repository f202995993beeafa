package io.pageproxy.dest;

import io.netty.channel.ChannelFutureListener;
import io.pageproxy.async.Reactions;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.net.Tunnel;
import io.pageproxy.net.TunnelListener;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;

/**
 * A connection on which a source says once more that its tasks are gone, since the one of the files
 * broke. It brings that word and the answer, and changes nothing else. On its own event loop.
 */
final class CommitAgain implements TunnelListener {
    private final Tunnel tunnel;
    private final Attachment attachment;
    private boolean answered;

    private CommitAgain(Tunnel tunnel, Attachment attachment) {
        this.tunnel = tunnel;
        this.attachment = attachment;
    }

    /** Takes the connection over. */
    static void begin(Tunnel tunnel, Attachment attachment) {
        CommitAgain again = new CommitAgain(tunnel, attachment);
        tunnel.setListener(again);
        Reactions.when(
                attachment.commit(), tunnel.channel().eventLoop(), again::answer, again::refuse);
    }

    private void answer(Committed committed) {
        if (attachment.lazyTree().isPresent()) {
            answered = true; // It has yet to say that its tasks are gone.
            tunnel.send(committed);
            return;
        }
        tunnel.send(committed)
                .addListener(attachment::onAnswered)
                .addListener(ChannelFutureListener.CLOSE);
    }

    private void refuse(Throwable cause) {
        CloseReason reason =
                cause instanceof SessionException ended
                        ? ended.reason()
                        : CloseReason.LOCAL_FAILURE;
        tunnel.abort(Outcome.failed(Side.DESTINATION, reason, cause.getMessage()));
    }

    @Override
    public void onTunnelUp(Tunnel up) {
        // It was up before it was ours.
    }

    @Override
    public void onFrame(Frame frame) {
        if (frame instanceof Frame.Delivered && answered) {
            attachment.released();
            tunnel.close();
            return;
        }
        if (frame instanceof Frame.Block block) {
            block.content().release();
        }
        throw new SessionException(
                CloseReason.TUNNEL_PROTOCOL,
                "the source sent " + frame.getClass().getSimpleName() + " behind Recommit");
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        // Little goes that way.
    }

    /** What it has said holds. */
    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        tunnel.close();
    }
}
