package io.pageproxy.testkit;

import io.pageproxy.pagestream.PageFlags;

/**
 * A run of pages of one image.
 *
 * @param flags pagemap flags, {@link PageFlags}
 * @param vaddr the first page's address in bytes
 * @param nrPages how many, 1 or more
 */
public record PageRun(int flags, long vaddr, long nrPages) {

    /** Checks the ranges. */
    public PageRun {
        if (nrPages < 1 || flags == 0 || (flags & ~PageFlags.ALL) != 0) {
            throw new IllegalArgumentException(nrPages + " pages with flags " + flags);
        }
    }

    /** Pages whose content is carried. */
    public static PageRun present(long vaddr, long nrPages) {
        return new PageRun(PageFlags.PRESENT, vaddr, nrPages);
    }

    /** Pages that are in the parent's images. */
    public static PageRun inParent(long vaddr, long nrPages) {
        return new PageRun(PageFlags.PARENT, vaddr, nrPages);
    }

    /** Whether the pages' content is carried. */
    public boolean isPresent() {
        return (flags & PageFlags.PRESENT) != 0;
    }
}
