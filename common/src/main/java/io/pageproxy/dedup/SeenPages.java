package io.pageproxy.dedup;

/**
 * Remembers by hash which pages were seen of late, without their content: enough to notice that
 * pages repeat, never enough to take one for another. Not thread-safe.
 */
final class SeenPages {
    private final int pages;
    private final long[] hashes;

    /** By place of a hash: how many pages had been new when it was seen; wraps around. */
    private final int[] ages;

    private int newPages;

    /**
     * Has seen nothing yet.
     *
     * @param pages what was new so many new pages ago is forgotten; some are forgotten earlier
     * @param sample it is told of one page in so many, or of fewer
     */
    SeenPages(int pages, int sample) {
        this.pages = pages;
        hashes = new long[Integer.highestOneBit(Math.max(1, pages / sample)) << 1];
        ages = new int[hashes.length];
    }

    /**
     * Whether a page was seen before; from now on it was.
     *
     * @param hash not 0
     * @param sample it stands for so many pages
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
