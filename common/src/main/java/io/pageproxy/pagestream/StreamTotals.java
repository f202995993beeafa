package io.pageproxy.pagestream;

/**
 * What a page stream has carried so far.
 *
 * @param streamBytes bytes of the plain stream, records and pages, in the dumper's layout
 * @param records records
 * @param processes processes whose images were opened
 * @param sharedMemories shared memory objects whose images were opened
 * @param pages pages whose content was carried
 * @param parentPages pages that were said to be in the parent's images
 */
public record StreamTotals(
        long streamBytes,
        long records,
        long processes,
        long sharedMemories,
        long pages,
        long parentPages) {

    /** Nothing yet. */
    public static final StreamTotals NONE = new StreamTotals(0, 0, 0, 0, 0, 0);

    /** What both streams together have carried. */
    public StreamTotals plus(StreamTotals other) {
        return new StreamTotals(
                streamBytes + other.streamBytes,
                records + other.records,
                processes + other.processes,
                sharedMemories + other.sharedMemories,
                pages + other.pages,
                parentPages + other.parentPages);
    }
}
