package io.pageproxy.session;

import java.util.Map;

/**
 * Statistics of encoding or decoding at one end of a session.
 *
 * @param blocksByCodec number of blocks by codec label
 * @param zeroPages pages that were sent as a count of zero pages
 * @param repeatedPages pages that were sent as a reference to an earlier equal page
 * @param changedPages pages that were sent as the difference from an earlier round's page
 */
public record CodingTotals(
        Map<String, Long> blocksByCodec, long zeroPages, long repeatedPages, long changedPages) {
    /** The statistics before the first block. */
    public static final CodingTotals NONE = new CodingTotals(Map.of(), 0, 0, 0);
}
