package io.pageproxy.session;

import java.util.Map;

/**
 * What one end coded, or decoded, of a session.
 *
 * @param blocksByCodec how many blocks there were, by the codec's label
 * @param zeroPages how many pages crossed the network as a count of zero pages
 * @param repeatedPages how many pages crossed the network as a reference to an earlier equal one
 */
public record CodingTotals(Map<String, Long> blocksByCodec, long zeroPages, long repeatedPages) {
    /** Before the first block. */
    public static final CodingTotals NONE = new CodingTotals(Map.of(), 0, 0);
}
