package io.pageproxy.dest.lanes;

import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.net.EventLoops;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Side;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;

/**
 * Listens to a further lane on the lane's event loop, and passes its frames in order to the event
 * loop of the session. Ownership of the blocks' content passes with them.
 */
final class DestLane implements TunnelListener {
    private final int number;
    private final LaneCredit credit;
    private final LaneGroup group;
    private boolean ended;

    DestLane(int number, LaneCredit credit, LaneGroup group) {
        this.number = number;
        this.credit = credit;
        this.group = group;
    }

    @Override
    public void onTunnelUp(Tunnel tunnel) {
        // The tunnel was up before it became a lane.
    }

    /** A second end is refused: only blocks use credit, so ends could queue without a bound. */
    @Override
    public void onFrame(Frame frame) {
        if (ended) {
            throw frame.unexpectedFrom(Side.SOURCE, "after the end of a further lane");
        } else if (frame instanceof Block block) {
            credit.arrived(block);
            if (!EventLoops.tryExecute(group.loop(), () -> group.take(number, block))) {
                block.release();
            }
        } else if (frame instanceof End end) {
            ended = true;
            EventLoops.tryExecute(group.loop(), () -> group.end(number, end));
        } else {
            throw frame.unexpectedFrom(Side.SOURCE, "on a further lane");
        }
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        // Only keepalives are written to a further lane.
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        EventLoops.tryExecute(group.loop(), () -> group.lost(number, reason, message));
    }
}
