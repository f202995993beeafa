package io.pageproxy.source;

import io.netty.channel.EventLoop;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Join;
import io.pageproxy.frame.Frame.Joined;
import io.pageproxy.net.EventLoops;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Side;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;

/**
 * A further connection of a session: asks to be its lane, and takes what happens on it, on its own
 * event loop, to the session's.
 */
final class SourceLane implements TunnelListener {
    private final int number;
    private final Accept accept;
    private final EventLoop sessionLoop;
    private final SourceLanes lanes;
    private Tunnel tunnel;
    private boolean joined;

    /**
     * A lane that is not connected yet.
     *
     * @param number from 1
     * @param accept what the destination has granted
     * @param sessionLoop where {@code lanes} hears of it
     */
    SourceLane(int number, Accept accept, EventLoop sessionLoop, SourceLanes lanes) {
        this.number = number;
        this.accept = accept;
        this.sessionLoop = sessionLoop;
        this.lanes = lanes;
    }

    @Override
    public void onTunnelUp(Tunnel up) {
        tunnel = up;
        up.setPeerTimeoutMillis(accept.peerTimeoutMillis());
        up.send(new Join(accept.grant().token(), number));
    }

    @Override
    public void onFrame(Frame frame) {
        if (frame instanceof Joined answer && answer.lane() == number && !joined) {
            joined = true;
            Tunnel ready = tunnel;
            EventLoops.tryExecute(sessionLoop, () -> lanes.onJoined(number, ready));
        } else if (frame instanceof Abort abort) {
            fail(
                    abort.outcome(Side.DESTINATION, false).reason(),
                    "refused by the destination: " + abort.message());
        } else {
            throw frame.unexpectedFrom(Side.DESTINATION, "on a further lane");
        }
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        EventLoops.tryExecute(sessionLoop, lanes::onWritabilityChanged);
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        fail(reason, message);
    }

    private void fail(CloseReason reason, String message) {
        EventLoops.tryExecute(sessionLoop, () -> lanes.onFailure(number, reason, message));
    }
}
