package io.pageproxy.net;

/**
 * Measures at what pace a connection takes bytes, over the times in which it was the bottleneck:
 * only while more waits than the kernel accepts does its pace say something of the link. To be used
 * on the connection's event loop.
 */
public final class LinkMeter {
    private static final long LEAST_SAMPLE_BYTES = 256 << 10;
    private static final double WEIGHT = 0.3;

    private boolean wasBacklogged;
    private long sinceNanos;
    private long sinceTakenBytes;
    private double nanosPerByte;

    /**
     * Takes note of how things stand.
     *
     * @param takenBytes what the kernel has taken since the beginning
     * @param backlogBytes what it did not take yet
     */
    void note(long nowNanos, long takenBytes, long backlogBytes) {
        boolean backlogged = backlogBytes > 0;
        if (!backlogged || !wasBacklogged) {
            restart(nowNanos, takenBytes);
        } else if (takenBytes - sinceTakenBytes >= LEAST_SAMPLE_BYTES) {
            double pace = (double) (nowNanos - sinceNanos) / (takenBytes - sinceTakenBytes);
            nanosPerByte = nanosPerByte == 0 ? pace : nanosPerByte + WEIGHT * (pace - nanosPerByte);
            restart(nowNanos, takenBytes);
        }
        wasBacklogged = backlogged;
    }

    private void restart(long nowNanos, long takenBytes) {
        sinceNanos = nowNanos;
        sinceTakenBytes = takenBytes;
    }

    /** Its pace; 0 where it was never the bottleneck. */
    public double nanosPerByte() {
        return nanosPerByte;
    }
}
