package io.pageproxy.source;

import io.pageproxy.codec.LinkPace;

/** A link of a given pace that never has any news. */
final class FakePace implements LinkPace {
    private final double nanosPerByte;

    /** What it was told to expect; -1: nothing. */
    double expected = -1;

    FakePace(double nanosPerByte) {
        this.nanosPerByte = nanosPerByte;
    }

    @Override
    public void expect(double newNanosPerByte) {
        expected = newNanosPerByte;
    }

    @Override
    public News news() {
        return News.NONE;
    }

    @Override
    public double nanosPerByte() {
        return nanosPerByte;
    }

    @Override
    public double backlog() {
        return 0;
    }
}
