package io.pageproxy.source.adaptive;

/** A link of a given pace that never completes an interval. */
public final class FakeLinkMetrics implements LinkMetrics {
    private final double nanosPerByte;
    private double expected = -1;

    /** A link of that pace. */
    public FakeLinkMetrics(double nanosPerByte) {
        this.nanosPerByte = nanosPerByte;
    }

    /** The pace that it was told to expect; -1: none. */
    public double expected() {
        return expected;
    }

    @Override
    public void expect(double newNanosPerByte) {
        expected = newNanosPerByte;
    }

    @Override
    public Interval pollInterval() {
        return Interval.IN_PROGRESS;
    }

    @Override
    public double nanosPerByte() {
        return nanosPerByte;
    }

    @Override
    public double sendBufferFill() {
        return 0;
    }
}
