package io.pageproxy.dest.lanes;

import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.tunnel.LaneChannels;
import io.pageproxy.tunnel.Tunnel;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The session's own connection only: frames are delivered as they arrive.
 *
 * @param tunnel the connection
 * @param listener receives the stream
 */
public record OneLane(Tunnel tunnel, LaneListener listener) implements DestLanes {
    @Override
    public LaneGrant grant() {
        return LaneGrant.ONE;
    }

    @Override
    public void open() {
        // No lane can be missing.
    }

    @Override
    public void take(Block block) {
        listener.onBlock(block);
    }

    @Override
    public void end(End end) {
        listener.onEnd(end);
    }

    @Override
    public void flow(boolean on) {
        tunnel.setReading(on);
    }

    @Override
    public void over() {
        // Nothing is held back.
    }

    @Override
    public CompletableFuture<Void> closed() {
        return LaneChannels.closeAfter(tunnel.channel(), List.of());
    }

    @Override
    public SessionFacts.Wire wire() {
        return SessionFacts.Wire.of(tunnel);
    }
}
