package io.pageproxy.dest;

import io.pageproxy.frame.Frame.Block;
import io.pageproxy.net.EventLoops;
import io.pageproxy.tunnel.Tunnel;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds what one lane may bring before it is passed on, be it that blocks of other lanes must come
 * first or that the page server is slow: at {@link #STOP_BYTES} the lane is not read, and its
 * source finds it full.
 *
 * <p>No two lanes can wait for each other: the block that is due is the first that its lane has not
 * brought yet, so that lane has passed on all that it brought, and is read.
 */
final class LaneCredit {
    static final int STOP_BYTES = 4 << 20;
    static final int GO_ON_BYTES = 2 << 20;

    /** What a block costs besides its content, so that many small ones are bounded too. */
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

    /** A block of the lane goes on; on the session's event loop, while the block is whole. */
    void passedOn(Block block) {
        long before = waitingBytes.getAndAdd(-cost(block));
        if (before > GO_ON_BYTES && before - cost(block) <= GO_ON_BYTES) {
            // On the lane's own loop, where it cannot fall between another count and its stop.
            EventLoops.tryExecute(tunnel.channel().eventLoop(), this::goOn);
        }
    }

    private void goOn() {
        if (waitingBytes.get() < STOP_BYTES) {
            tunnel.setReading(true);
        }
    }

    private static int cost(Block block) {
        return BLOCK_BYTES + block.content().readableBytes();
    }
}
