package io.pageproxy.dedup;

/**
 * Remembers by hash which pages were seen of late, without their content: enough to notice that
 * pages repeat, never enough to take one for another. Not thread-safe.
 */
final class SeenPages {
    private final int pages;
    private final long[] hashes;

    /** By place of a hash: how many pages had been new when it was seen. */
    private final int[] ages;

    private int newPages;

    /**
     * Has seen nothing yet.
     *
     * @param pages what was new so many new pages ago is forgotten; some are forgotten earlier
     */
    SeenPages(int pages) {
        this.pages = pages;
        hashes = new long[Integer.highestOneBit(Math.max(1, pages)) << 1];
        ages = new int[hashes.length];
    }

    /**
     * Whether a page was seen before; from now on it was.
     *
     * @param hash not 0
     */
    boolean sawBefore(long hash) {
        int place = (int) (hash >>> 32 & (hashes.length - 1));
        if (hashes[place] == hash && newPages - ages[place] <= pages) {
            return true;
        }
        hashes[place] = hash;
        ages[place] = newPages++;
        return false;
    }
}
