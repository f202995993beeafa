package io.pageproxy.dest.images;

/**
 * What the runs of one image amount to. Two sequences of runs that place the same pages with the
 * same flags in the same order have equal summaries, however they were split.
 *
 * @param runs runs, neighbours that continue each other counted as one
 * @param presentPages pages whose content is in the pages image
 * @param parentPages pages whose content is in the parent's images
 * @param lazyPages pages whose content stayed at the source, to be fetched on demand
 * @param sha256 hexadecimal digest over addresses, counts and flags of the runs
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
