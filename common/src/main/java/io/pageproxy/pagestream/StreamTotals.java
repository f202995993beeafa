package io.pageproxy.pagestream;

/**
 * Totals of a page stream.
 *
 * @param streamBytes bytes of the plain stream, records and pages, in the dumper's layout
 * @param records number of records
 * @param processes processes whose images were opened
 * @param sharedMemories shared memory objects whose images were opened
 * @param pages pages with content
 * @param parentPages pages that refer to the parent's images
 */
public record StreamTotals(
        long streamBytes,
        long records,
        long processes,
        long sharedMemories,
        long pages,
        long parentPages) {

    /** The totals of an empty stream. */
    public static final StreamTotals NONE = new StreamTotals(0, 0, 0, 0, 0, 0);

    /** Adds the totals of two streams. */
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
