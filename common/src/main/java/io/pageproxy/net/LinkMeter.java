package io.pageproxy.net;

import io.pageproxy.codec.LinkPace;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Measures at what pace a connection, or several together, take bytes. The kernel's buffer takes
 * them in bursts, so this looks at stretches: one in which the connection would take no more at
 * some time ran at the link's pace, and one without such a time says only that the link is faster
 * than we are. The first stretch begins when it is first asked for, and anew when the buffers are
 * full for the first time. To be used on the session's event loop.
 */
public final class LinkMeter implements LinkPace {
    private static final long STRETCH_BYTES = 2 << 20;
    private static final long STRETCH_NANOS = 20_000_000;
    private static final double WEIGHT = 0.4;

    /** More than socket buffers and the queues of a network hold, as they are set by default. */
    private static final long BUFFERS_BYTES = 16 << 20;

    private final LongSupplier takenBytes;
    private final DoubleSupplier backlog;
    private final LongSupplier nanoClock;
    private boolean begun;
    private boolean everFull;
    private boolean heldUp;
    private boolean filled;
    private long sinceNanos;
    private long sinceBytes;
    private double nanosPerByte;

    /** Of stretches in a row in which the link took all that there was. */
    private long outrunNanos;

    private long outrunBytes;

    /**
     * A meter of one connection.
     *
     * @param takenBytes what the kernel has taken of it since the beginning
     * @param backlog see {@link LinkPace#backlog}
     */
    public LinkMeter(LongSupplier takenBytes, DoubleSupplier backlog, LongSupplier nanoClock) {
        this.takenBytes = takenBytes;
        this.backlog = backlog;
        this.nanoClock = nanoClock;
    }

    /** The connection takes no more for now. */
    public void onFull() {
        if (!everFull) {
            everFull = true;
            if (outrunBytes >= BUFFERS_BYTES) {
                nanosPerByte = nanosPerByte == 0 ? outrunPace() : nanosPerByte;
            } else {
                begin(); // what filled the buffers was taken at no link's pace
                filled = true;
            }
        }
        heldUp = true;
    }

    private void begin() {
        begun = true;
        sinceNanos = nanoClock.getAsLong();
        sinceBytes = takenBytes.getAsLong();
    }

    @Override
    public void expect(double newNanosPerByte) {
        nanosPerByte = newNanosPerByte;
    }

    @Override
    public News news() {
        if (!begun) {
            begin();
        }
        if (filled) {
            filled = false;
            return News.FILLED;
        }
        long nanos = nanoClock.getAsLong() - sinceNanos;
        long bytes = takenBytes.getAsLong() - sinceBytes;
        if (bytes <= 0 || (bytes < STRETCH_BYTES && nanos < STRETCH_NANOS)) {
            return News.NONE;
        }
        sinceNanos += nanos;
        sinceBytes += bytes;
        if (!heldUp) {
            outrunNanos += nanos;
            outrunBytes += bytes;
            if (outrunBytes >= BUFFERS_BYTES && nanosPerByte > outrunPace()) {
                nanosPerByte = outrunPace();
            }
            return News.OUTRAN_US;
        }
        heldUp = false;
        outrunNanos = 0;
        outrunBytes = 0;
        double pace = (double) nanos / bytes;
        nanosPerByte = nanosPerByte == 0 ? pace : nanosPerByte + WEIGHT * (pace - nanosPerByte);
        return News.HELD_US_UP;
    }

    /** The link is at least that fast. */
    private double outrunPace() {
        return (double) outrunNanos / outrunBytes;
    }

    @Override
    public double nanosPerByte() {
        return nanosPerByte;
    }

    @Override
    public double backlog() {
        return backlog.getAsDouble();
    }
}
