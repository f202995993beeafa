package io.pageproxy.dest.files;

import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.net.EventLoops;
import io.pageproxy.tunnel.Tunnel;

/**
 * Bounds the work that the frames of a connection queue for workers: at {@link #STOP_BYTES} the
 * connection is no longer read, until {@link #RESUME_BYTES} are left. Every piece is charged {@link
 * #PIECE_BYTES} besides its content, which bounds the number of small and empty frames. On the
 * connection's event loop.
 */
final class WorkBacklog {
    static final int STOP_BYTES = 4 << 20;
    static final int RESUME_BYTES = 2 << 20;

    /** Upper bound of the memory of a queued piece besides the frame's content. */
    static final int PIECE_BYTES = 1 << 10;

    private final Tunnel tunnel;
    private final SerialWork work;
    private long waitingBytes;
    private boolean stopped;

    WorkBacklog(Tunnel tunnel, SerialWork work) {
        this.tunnel = tunnel;
        this.work = work;
    }

    /** Queues a piece for a frame without content. */
    void add(Runnable piece) {
        add(0, piece, () -> {});
    }

    /**
     * Queues a piece.
     *
     * @param contentBytes the memory that its content takes
     * @param release releases the content; runs even if the piece is dropped
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
        if (stopped && waitingBytes <= RESUME_BYTES) {
            stopped = false;
            tunnel.setReading(true);
        }
    }
}
