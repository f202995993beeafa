package io.pageproxy.dest.readahead;

/**
 * How many pages may be requested and unanswered at a time: enough to fill the link, but so few
 * that a page fault does not wait long behind them. The window grows while answers take about as
 * long as the quickest one, and shrinks when they queue. Not thread-safe.
 */
final class ReadAheadWindow {
    private static final long SLACK_NANOS = 300_000;

    private final int leastPages;
    private final int mostPages;
    private long quickestNanos = Long.MAX_VALUE;
    private int pages;

    /**
     * Creates a window of the smaller size.
     *
     * @param leastPages smallest size, however long answers take
     * @param mostPages largest size
     */
    ReadAheadWindow(int leastPages, int mostPages) {
        this.leastPages = Math.min(leastPages, mostPages);
        this.mostPages = mostPages;
        this.pages = this.leastPages;
    }

    /**
     * An answer has begun to arrive.
     *
     * @param tookNanos time since its request
     */
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
