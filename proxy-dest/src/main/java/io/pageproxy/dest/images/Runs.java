package io.pageproxy.dest.images;

/** Takes the runs of pages of one image, in the image's order. */
@FunctionalInterface
public interface Runs {
    /**
     * Takes a run.
     *
     * @param flags pagemap flags, {@link io.pageproxy.pagestream.PageFlags}
     * @param vaddr the first page's address in bytes, unsigned
     * @param nrPages how many pages, 1 to 2^52
     */
    void add(int flags, long vaddr, long nrPages);
}
