package io.pageproxy.dedup;

/**
 * Remembers the hashes of recent pages, without their content: enough to notice that pages repeat,
 * never enough to take one page for another. Not thread-safe.
 */
final class SeenPages {
    private final int pages;
    private final long[] hashes;

    /** For each hash: how many pages had been new when it was seen; wraps around. */
    private final int[] ages;

    private int newPages;

    /**
     * Has seen no page yet.
     *
     * @param pages a page is forgotten after so many new pages, or earlier
     * @param sample at most one page in so many is looked up
     */
    SeenPages(int pages, int sample) {
        this.pages = pages;
        hashes = new long[Integer.highestOneBit(Math.max(1, pages / sample)) << 1];
        ages = new int[hashes.length];
    }

    /**
     * Looks a page up and remembers it; returns whether it was seen before.
     *
     * @param hash not 0
     * @param sample how many pages this one represents
     */
    boolean sawBefore(long hash, int sample) {
        int place = (int) (hash >>> 32 & (hashes.length - 1));
        if (hashes[place] == hash && newPages - ages[place] <= pages) {
            return true;
        }
        hashes[place] = hash;
        ages[place] = newPages;
        newPages += sample;
        return false;
    }
}
