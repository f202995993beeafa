package io.pageproxy.simulator;

import io.pageproxy.pagestream.PageFlags;

/**
 * A range of pages of an image.
 *
 * @param flags pagemap flags, {@link PageFlags}
 * @param vaddr the first page's address in bytes
 * @param nrPages number of pages, 1 or more
 */
public record PageRun(int flags, long vaddr, long nrPages) {

    /** Validates the ranges. */
    public PageRun {
        if (nrPages < 1 || flags == 0 || (flags & ~PageFlags.ALL) != 0) {
            throw new IllegalArgumentException(nrPages + " pages with flags " + flags);
        }
    }

    /** Creates a range of pages with content. */
    public static PageRun present(long vaddr, long nrPages) {
        return new PageRun(PageFlags.PRESENT, vaddr, nrPages);
    }

    /** Creates a range of pages that are in the parent's images. */
    public static PageRun inParent(long vaddr, long nrPages) {
        return new PageRun(PageFlags.PARENT, vaddr, nrPages);
    }

    /** Whether the pages have content. */
    public boolean isPresent() {
        return (flags & PageFlags.PRESENT) != 0;
    }
}
