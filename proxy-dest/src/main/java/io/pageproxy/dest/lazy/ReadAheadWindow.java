package io.pageproxy.dest.lazy;

/**
 * How much may be under way at a time: enough to fill the link, and so little that a fault does not
 * wait long behind it. It grows while answers take hardly longer than the quickest one did, and
 * shrinks where they queue. Not thread-safe.
 */
final class ReadAheadWindow {
    private static final long SLACK_NANOS = 300_000;

    private final int leastPages;
    private final int mostPages;
    private long quickestNanos = Long.MAX_VALUE;
    private int pages;

    /**
     * A window between two sizes, which begins at the least.
     *
     * @param leastPages no fewer, whatever it takes
     */
    ReadAheadWindow(int leastPages, int mostPages) {
        this.leastPages = Math.min(leastPages, mostPages);
        this.mostPages = mostPages;
        this.pages = this.leastPages;
    }

    /** An answer of so many pages began to come so long after it was asked for. */
    void answered(int nrPages, long tookNanos) {
        quickestNanos = Math.min(quickestNanos, tookNanos);
        if (tookNanos < quickestNanos + quickestNanos / 2 + SLACK_NANOS) {
            pages = Math.min(mostPages, pages + nrPages);
        } else if (tookNanos > 2 * (quickestNanos + SLACK_NANOS)) {
            pages = Math.max(leastPages, pages - nrPages);
        }
    }

    int pages() {
        return pages;
    }
}
