package io.pageproxy.dest;

import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.net.EventLoops;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;

/**
 * Takes what happens on a further lane, on the lane's event loop, to the session's: in order, and
 * with it the blocks' contents, which are the session's from then on.
 */
final class DestLane implements TunnelListener {
    private final int number;
    private final LaneCredit credit;
    private final SeveralLanes session;
    private boolean ended;

    DestLane(int number, LaneCredit credit, SeveralLanes session) {
        this.number = number;
        this.credit = credit;
        this.session = session;
    }

    @Override
    public void onTunnelUp(Tunnel tunnel) {
        // It was up before it became a lane.
    }

    /** Only blocks are charged, so an end must come once: else ends could queue without a bound. */
    @Override
    public void onFrame(Frame frame) {
        if (ended) {
            if (frame instanceof Block block) {
                block.content().release();
            }
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the source sent "
                            + frame.getClass().getSimpleName()
                            + " after the end of a further lane");
        }
        if (frame instanceof Block block) {
            credit.arrived(block);
            if (!EventLoops.tryExecute(session.loop(), () -> session.take(number, block))) {
                block.content().release();
            }
        } else if (frame instanceof End end) {
            ended = true;
            EventLoops.tryExecute(session.loop(), () -> session.end(number, end));
        } else {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the source sent " + frame.getClass().getSimpleName() + " on a further lane");
        }
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        // Only keepalives go this way.
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        EventLoops.tryExecute(session.loop(), () -> session.lost(number, reason, message));
    }
}
