package io.pageproxy.dest.lanes;

import io.pageproxy.frame.Frame.Block;
import io.pageproxy.net.EventLoops;
import io.pageproxy.tunnel.Tunnel;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the blocks that one lane has brought and that have not been delivered yet, because blocks
 * of other lanes must come first or the page server is slow: at {@link #STOP_BYTES} the lane is no
 * longer read, and its source finds the connection full.
 *
 * <p>No two lanes can wait for each other: the block that is due is the first that its lane has not
 * brought yet, so everything that lane has brought has been delivered, and it is read.
 */
final class LaneCredit {
    static final int STOP_BYTES = 4 << 20;
    static final int RESUME_BYTES = 2 << 20;

    /** What a block costs besides its content, so that many small blocks are bounded too. */
    static final int BLOCK_BYTES = 1 << 10;

    private final Tunnel tunnel;
    private final AtomicLong waitingBytes = new AtomicLong();

    LaneCredit(Tunnel tunnel) {
        this.tunnel = tunnel;
    }

    Tunnel tunnel() {
        return tunnel;
    }

    /** The lane has brought a block; on the lane's event loop. */
    void arrived(Block block) {
        if (waitingBytes.addAndGet(cost(block)) >= STOP_BYTES) {
            tunnel.setReading(false);
        }
    }

    /** A block of the lane is delivered; on the session's event loop, before it is decoded. */
    void passedOn(Block block) {
        long before = waitingBytes.getAndAdd(-cost(block));
        if (before > RESUME_BYTES && before - cost(block) <= RESUME_BYTES) {
            // On the lane's own loop, so that it cannot interleave with arrived().
            EventLoops.tryExecute(tunnel.channel().eventLoop(), this::resume);
        }
    }

    private void resume() {
        if (waitingBytes.get() < STOP_BYTES) {
            tunnel.setReading(true);
        }
    }

    private static int cost(Block block) {
        return BLOCK_BYTES + block.content().readableBytes();
    }
}
