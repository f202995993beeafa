package io.pageproxy.source.adaptive;

import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Measures the pace at which a connection, or several together, take bytes. The kernel's buffer
 * takes them in bursts, so the meter divides the stream into intervals: one in which the connection
 * was not writable for some time ran at the link's pace; any other says only that the link is
 * faster than the sender. The first interval starts with the first question, and again when the
 * buffers are full for the first time. To be used on the session's event loop.
 */
public final class LinkMeter implements LinkMetrics {
    private final LongSupplier takenBytes;
    private final DoubleSupplier sendBufferFill;
    private final LongSupplier nanoClock;
    private boolean started;
    private boolean everFull;
    private boolean linkLimited;
    private boolean buffersFilled;
    private long startNanos;
    private long startBytes;
    private double nanosPerByte;

    // Totals over consecutive intervals in which the link took everything.
    private long unlimitedNanos;
    private long unlimitedBytes;

    /**
     * A meter of one session's connections.
     *
     * @param takenBytes what the kernel has taken since the beginning
     * @param sendBufferFill see {@link LinkMetrics#sendBufferFill}
     */
    public LinkMeter(
            LongSupplier takenBytes, DoubleSupplier sendBufferFill, LongSupplier nanoClock) {
        this.takenBytes = takenBytes;
        this.sendBufferFill = sendBufferFill;
        this.nanoClock = nanoClock;
    }

    /** The connections are not writable for now. */
    public void onFull() {
        if (!everFull) {
            everFull = true;
            if (unlimitedBytes >= Tuning.NETWORK_BUFFERS_BYTES) {
                nanosPerByte = nanosPerByte == 0 ? unlimitedPace() : nanosPerByte;
            } else {
                start(); // what has filled the buffers says nothing of the link
                buffersFilled = true;
            }
        }
        linkLimited = true;
    }

    private void start() {
        started = true;
        startNanos = nanoClock.getAsLong();
        startBytes = takenBytes.getAsLong();
    }

    @Override
    public void expect(double expectedNanosPerByte) {
        nanosPerByte = expectedNanosPerByte;
    }

    @Override
    public Interval pollInterval() {
        if (!started) {
            start();
        }
        if (buffersFilled) {
            buffersFilled = false;
            return Interval.BUFFERS_FILLED;
        }
        long nanos = nanoClock.getAsLong() - startNanos;
        long bytes = takenBytes.getAsLong() - startBytes;
        if (bytes <= 0 || (bytes < Tuning.INTERVAL_BYTES && nanos < Tuning.INTERVAL_NANOS)) {
            return Interval.IN_PROGRESS;
        }
        startNanos += nanos;
        startBytes += bytes;
        return linkLimited ? onLinkLimited(nanos, bytes) : onSenderLimited(nanos, bytes);
    }

    private Interval onLinkLimited(long nanos, long bytes) {
        linkLimited = false;
        unlimitedNanos = 0;
        unlimitedBytes = 0;
        double pace = (double) nanos / bytes;
        nanosPerByte =
                nanosPerByte == 0
                        ? pace
                        : nanosPerByte + Tuning.PACE_WEIGHT * (pace - nanosPerByte);
        return Interval.LINK_LIMITED;
    }

    /** More than buffers hold has passed without a stop: the link is at least that fast. */
    private Interval onSenderLimited(long nanos, long bytes) {
        unlimitedNanos += nanos;
        unlimitedBytes += bytes;
        if (unlimitedBytes >= Tuning.NETWORK_BUFFERS_BYTES && nanosPerByte > unlimitedPace()) {
            nanosPerByte = unlimitedPace();
        }
        return Interval.SENDER_LIMITED;
    }

    private double unlimitedPace() {
        return (double) unlimitedNanos / unlimitedBytes;
    }

    @Override
    public double nanosPerByte() {
        return nanosPerByte;
    }

    @Override
    public double sendBufferFill() {
        return sendBufferFill.getAsDouble();
    }
}
