package io.pageproxy.net;

import io.pageproxy.codec.LinkPace;
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

    private final LongSupplier takenBytes;
    private final LongSupplier nanoClock;
    private boolean begun;
    private boolean heldUp;
    private boolean filled;
    private long sinceNanos;
    private long sinceBytes;
    private double nanosPerByte;

    /**
     * A meter of one connection.
     *
     * @param takenBytes what the kernel has taken of it since the beginning
     */
    public LinkMeter(LongSupplier takenBytes, LongSupplier nanoClock) {
        this.takenBytes = takenBytes;
        this.nanoClock = nanoClock;
    }

    /** The connection takes no more for now. */
    public void onFull() {
        if (nanosPerByte == 0 && !heldUp) {
            begin(); // what filled the buffers was taken at no link's pace
            filled = true;
        }
        heldUp = true;
    }

    private void begin() {
        begun = true;
        sinceNanos = nanoClock.getAsLong();
        sinceBytes = takenBytes.getAsLong();
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
            return News.OUTRAN_US;
        }
        heldUp = false;
        double pace = (double) nanos / bytes;
        nanosPerByte = nanosPerByte == 0 ? pace : nanosPerByte + WEIGHT * (pace - nanosPerByte);
        return News.HELD_US_UP;
    }

    @Override
    public double nanosPerByte() {
        return nanosPerByte;
    }
}
