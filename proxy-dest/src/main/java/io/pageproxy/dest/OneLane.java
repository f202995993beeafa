package io.pageproxy.dest;

import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.tunnel.LaneChannels;
import io.pageproxy.tunnel.Tunnel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** The session's own connection only: what comes goes on at once. */
record OneLane(Tunnel tunnel, Consumer<Block> blocks, Consumer<End> ends) implements DestLanes {
    @Override
    public LaneGrant grant() {
        return LaneGrant.ONE;
    }

    @Override
    public void open() {}

    @Override
    public void take(Block block) {
        blocks.accept(block);
    }

    @Override
    public void end(End end) {
        ends.accept(end);
    }

    @Override
    public void flow(boolean on) {
        tunnel.setReading(on);
    }

    @Override
    public void over() {}

    @Override
    public CompletableFuture<Void> closed() {
        return LaneChannels.closeAfter(tunnel.channel(), List.of());
    }

    @Override
    public long sentBytes() {
        return tunnel.sentBytes();
    }

    @Override
    public long receivedBytes() {
        return tunnel.receivedBytes();
    }
}
