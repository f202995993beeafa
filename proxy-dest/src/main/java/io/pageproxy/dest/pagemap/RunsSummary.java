package io.pageproxy.dest.pagemap;

/**
 * A summary of the page ranges of an image. Two sequences of ranges that contain the same pages
 * with the same flags in the same order have equal summaries, however they are split.
 *
 * @param runs number of ranges, adjacent ranges counted as one
 * @param presentPages number of pages in the pages image
 * @param parentPages number of pages in the parent's images
 * @param lazyPages number of pages that stayed at the source and are fetched on demand
 * @param sha256 hexadecimal digest of addresses, counts and flags of the ranges
 */
public record RunsSummary(
        long runs, long presentPages, long parentPages, long lazyPages, String sha256) {

    @Override
    public String toString() {
        return presentPages
                + " pages"
                + (parentPages == 0 ? "" : ", " + parentPages + " more in the parent")
                + (lazyPages == 0 ? "" : ", " + lazyPages + " more left for later")
                + ", in "
                + runs
                + " runs";
    }
}
