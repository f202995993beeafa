package io.pageproxy.source.push;

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
 * A further connection of a session. It asks to join the session, and forwards its events from its
 * own event loop to the session's.
 */
final class SourceLane implements TunnelListener {
    private final int number;
    private final Accept accept;
    private final EventLoop sessionLoop;
    private final Listener listener;
    private Tunnel tunnel;
    private boolean joined;

    /** Receives the events of a lane on the session's event loop. */
    interface Listener {
        /** The lane has joined the session: it takes blocks. */
        void onJoined(Tunnel lane);

        /** The lane is of no use. */
        void onFailure(int number, CloseReason reason, String message);

        /** Whether the lane takes more has changed. */
        void onWritabilityChanged();
    }

    /**
     * A lane that is not connected yet.
     *
     * @param number from 1
     * @param accept what the destination has granted
     */
    SourceLane(int number, Accept accept, EventLoop sessionLoop, Listener listener) {
        this.number = number;
        this.accept = accept;
        this.sessionLoop = sessionLoop;
        this.listener = listener;
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
            Tunnel lane = tunnel;
            EventLoops.tryExecute(sessionLoop, () -> listener.onJoined(lane));
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
        EventLoops.tryExecute(sessionLoop, listener::onWritabilityChanged);
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        fail(reason, message);
    }

    private void fail(CloseReason reason, String message) {
        EventLoops.tryExecute(sessionLoop, () -> listener.onFailure(number, reason, message));
    }
}
