package io.pageproxy.source.adaptive;

import io.pageproxy.codec.CompressionLevel;
import java.util.Arrays;

/**
 * Decides for each block how high its level may be, and what a coded byte costs. Where link and
 * processors are about equally fast, a {@link ThroughputExperiment} has the last word:
 *
 * <pre>
 *  pace of the link   fast                  slow                             crawling
 *                     ... 6 ns              6 ns ... 40 ns                   40 ns ...
 *  experiment         compress or not       beyond LZ4 or not                (beyond LZ4 or not)
 *  highest level      none, or ZSTD_1       LZ4, or ZSTD_1                   ZSTD_3
 * </pre>
 *
 * <p>A slow peer looks like a slow link as soon as blocks are compressed: few coded bytes in much
 * time. So on a slow link whose plain stream goes at a fast link's pace, a third experiment decides
 * whether to compress at all.
 *
 * <p>Until the link has shown its pace, LZ4 is the highest level. Not thread-safe.
 */
final class LevelRange {
    private final LinkMetrics link;
    private final int processors;
    private final CompressionLevel[] levels;
    private final LinkHistory.Entry known;
    private final int upToLz4;
    private final int upToZstd1;
    private double linkCost;

    /**
     * The range of one session.
     *
     * @param levels that the peer can decode, in ascending order
     * @param known what is known of link and levels; changes with the session
     */
    LevelRange(
            LinkMetrics link, int processors, CompressionLevel[] levels, LinkHistory.Entry known) {
        this.link = link;
        this.processors = processors;
        this.levels = levels;
        this.known = known;
        this.upToLz4 = countUpTo(CompressionLevel.LZ4);
        this.upToZstd1 = countUpTo(CompressionLevel.ZSTD_1);
        this.linkCost = known.linkCost().nanosPerByte();
    }

    private int countUpTo(CompressionLevel highest) {
        return (int) Arrays.stream(levels).filter(l -> l.compareTo(highest) <= 0).count();
    }

    /** Cost of a coded byte of the current block, in nanoseconds. */
    double linkCost() {
        return linkCost;
    }

    /**
     * Announces the next block.
     *
     * @param kind of the content of the last one that was sampled
     * @return how many levels to choose from
     */
    int next(int plainBytes, int kind) {
        LinkCost cost = known.linkCost();
        LinkMetrics.Interval interval = link.pollInterval();
        double pace = link.nanosPerByte();
        cost.update(interval, pace, known.beyondLz4().isHigher());
        cost.onBlock(plainBytes);
        if (pace <= Tuning.FAST_LINK_NANOS_PER_BYTE) {
            return onFastLink(plainBytes, kind, pace);
        }
        if (cost.isKnown() && !isWorthCompressing(plainBytes, kind, pace)) {
            linkCost = Tuning.MIN_LINK_COST;
            return upToLz4;
        }
        return onSlowLink(plainBytes, kind, pace);
    }

    private int onFastLink(int plainBytes, int kind, double pace) {
        int lz4 = upToLz4 - 1;
        ThroughputExperiment compress = known.compress();
        boolean cannotWin = !compress.isHigher() && known.linkCost().isAtMinimum();
        double compressed =
                cannotWin ? Double.POSITIVE_INFINITY : minNanosPerByte(lz4, lz4 + 1, kind, pace);
        compress.onBlock(plainBytes, minNanosPerByte(0, 1, kind, pace), compressed);
        boolean linkIsKnown = known.linkCost().isKnown();
        boolean higher = compress.isHigher();
        linkCost = linkIsKnown && !higher ? Tuning.MIN_LINK_COST : known.linkCost().nanosPerByte();
        return linkIsKnown && higher ? upToZstd1 : upToLz4;
    }

    private int onSlowLink(int plainBytes, int kind, double pace) {
        ThroughputExperiment beyondLz4 = known.beyondLz4();
        double lower = minNanosPerByte(0, upToLz4, kind, pace);
        double higher = minNanosPerByte(upToLz4, levels.length, kind, pace);
        beyondLz4.onBlock(plainBytes, lower, higher);
        double fill = 2 * link.sendBufferFill() - 1;
        linkCost = known.linkCost().nanosPerByte() * Math.pow(Tuning.FULL_BUFFER_FACTOR, fill);
        if (!known.linkCost().isKnown()) {
            return upToLz4;
        }
        if (pace > Tuning.CRAWLING_LINK_NANOS_PER_BYTE) {
            return levels.length;
        }
        return beyondLz4.isHigher() ? upToZstd1 : upToLz4;
    }

    /** Uncompressed blocks may win whatever the pace of the link seems to be. */
    private boolean isWorthCompressing(int plainBytes, int kind, double pace) {
        int lz4 = upToLz4 - 1;
        double plainPace = pace * known.levelCosts().ratio(levels[lz4], kind);
        if (plainPace > Tuning.FAST_LINK_NANOS_PER_BYTE) {
            return true;
        }
        ThroughputExperiment compress = known.compressForSlowPeer();
        double compressed = minNanosPerByte(lz4, upToZstd1, kind, pace);
        compress.onBlock(plainBytes, minNanosPerByte(0, 1, kind, 0), compressed);
        if (compress.isHigher()) {
            compress.onHigherLevel(plainBytes);
        }
        return compress.isHigher();
    }

    /**
     * Lower bound of the time for a byte at any of these levels: as if coding and sending never
     * waited for each other.
     */
    private double minNanosPerByte(int firstLevel, int endLevel, int kind, double pace) {
        double min = Double.POSITIVE_INFINITY;
        LevelCosts costs = known.levelCosts();
        for (int i = firstLevel; i < endLevel; i++) {
            double coding = costs.nanosPerByte(levels[i], kind, Tuning.MIN_LINK_COST);
            double nanos = Tuning.READING_NANOS_PER_BYTE + coding;
            min = Math.min(min, Math.max(nanos / processors, costs.ratio(levels[i], kind) * pace));
        }
        return min;
    }

    /** Reports the level that was selected for the current block, as its index. */
    void onSelected(int level, int plainBytes) {
        if (level >= upToLz4) {
            known.beyondLz4().onHigherLevel(plainBytes);
        }
    }
}
