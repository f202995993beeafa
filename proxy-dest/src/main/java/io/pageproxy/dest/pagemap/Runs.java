package io.pageproxy.dest.pagemap;

/** Receives the page ranges of an image, in the image's order. */
@FunctionalInterface
public interface Runs {
    /**
     * Receives a range of pages.
     *
     * @param flags pagemap flags, {@link io.pageproxy.pagestream.PageFlags}
     * @param vaddr the first page's address in bytes, unsigned
     * @param nrPages number of pages, 1 to 2^52
     */
    void add(int flags, long vaddr, long nrPages);
}
