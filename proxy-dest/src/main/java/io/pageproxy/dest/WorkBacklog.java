package io.pageproxy.dest;

import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.Tunnel;

/**
 * The work that a connection's frames have queued and no worker has done yet. It is bounded: at
 * {@link #STOP_BYTES} the connection is not read until half of it is done. Every piece is charged
 * {@link #PIECE_BYTES} besides its content, so that many small frames, and those without any
 * content, are bounded by their number. To be used on the connection's event loop.
 */
final class WorkBacklog {
    static final int STOP_BYTES = 4 << 20;
    static final int GO_ON_BYTES = 2 << 20;

    /** More than a queued piece needs in memory besides the frame's content. */
    static final int PIECE_BYTES = 1 << 10;

    private final Tunnel tunnel;
    private final SerialWork work;
    private long waitingBytes;
    private boolean stopped;

    WorkBacklog(Tunnel tunnel, SerialWork work) {
        this.tunnel = tunnel;
        this.work = work;
    }

    /** Queues a piece for a frame that has no content of its own. */
    void add(Runnable piece) {
        add(0, piece, () -> {});
    }

    /**
     * Queues a piece.
     *
     * @param contentBytes how much memory is held for it
     * @param release gives that memory back; is done whether the piece was or was dropped
     */
    void add(int contentBytes, Runnable piece, Runnable release) {
        int cost = PIECE_BYTES + contentBytes;
        waitingBytes += cost;
        if (waitingBytes >= STOP_BYTES && !stopped) {
            stopped = true;
            tunnel.setReading(false);
        }
        work.run(piece);
        work.runAlways(
                () -> {
                    release.run();
                    EventLoops.tryExecute(tunnel.channel().eventLoop(), () -> done(cost));
                });
    }

    private void done(int cost) {
        waitingBytes -= cost;
        if (stopped && waitingBytes <= GO_ON_BYTES) {
            stopped = false;
            tunnel.setReading(true);
        }
    }
}
