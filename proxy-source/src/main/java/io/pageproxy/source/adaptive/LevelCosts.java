package io.pageproxy.source.adaptive;

import io.pageproxy.codec.CompressionLevel;
import java.util.EnumMap;
import java.util.Map;

/**
 * What each level costs and gains on each kind of content. Starts with {@link Tuning#expected} and
 * follows the measurements. Not thread-safe.
 */
final class LevelCosts {
    // By level, an array by kind of content.
    private final Map<CompressionLevel, double[]> nanosPerByte =
            new EnumMap<>(CompressionLevel.class);
    private final Map<CompressionLevel, double[]> ratios = new EnumMap<>(CompressionLevel.class);

    private LevelCosts() {}

    /** Costs before anything has been measured. */
    static LevelCosts expected() {
        LevelCosts costs = new LevelCosts();
        for (CompressionLevel level : CompressionLevel.values()) {
            costs.nanosPerByte.put(level, new double[Tuning.CONTENT_KINDS]);
            costs.ratios.put(level, new double[Tuning.CONTENT_KINDS]);
            for (int kind = 0; kind < Tuning.CONTENT_KINDS; kind++) {
                costs.expect(level, kind, CompressibilitySampler.ratioOf(kind));
            }
        }
        return costs;
    }

    /** LZ4 skips quickly over what it can hardly shrink, and no level shrinks that much more. */
    private void expect(CompressionLevel level, int kind, double sampleRatio) {
        boolean incompressible = sampleRatio > Tuning.INCOMPRESSIBLE_RATIO;
        double blockRatio = sampleRatio * (incompressible ? 1 : Tuning.BLOCK_TO_SAMPLE_RATIO);
        double shape = blockRatio / Tuning.expected(CompressionLevel.LZ4).ratio();
        double time = incompressible ? Tuning.INCOMPRESSIBLE_TIME_RATIO : Math.min(1, shape);
        Tuning.Expected expected = Tuning.expected(level);
        double ratio = Math.min(1, expected.ratio() * shape);
        nanosPerByte.get(level)[kind] = expected.nanosPerByte() * time;
        ratios.get(level)[kind] = level == CompressionLevel.NONE ? 1 : ratio;
    }

    /** Coded length to plain length. */
    double ratio(CompressionLevel level, int kind) {
        return ratios.get(level)[kind];
    }

    /**
     * Total cost of a byte of the plain stream, in nanoseconds.
     *
     * @param linkCost cost of a coded byte, in nanoseconds
     */
    double nanosPerByte(CompressionLevel level, int kind, double linkCost) {
        return nanosPerByte.get(level)[kind] + linkCost * ratio(level, kind);
    }

    /** Takes the measurements of one block into account. */
    void add(CompressionLevel level, int kind, double newNanosPerByte, double newRatio) {
        double[] nanos = nanosPerByte.get(level);
        boolean slower = newNanosPerByte > nanos[kind];
        double weight = slower ? Tuning.SLOWER_COST_WEIGHT : Tuning.COST_WEIGHT;
        nanos[kind] += weight * (newNanosPerByte - nanos[kind]);
        double[] ratio = ratios.get(level);
        ratio[kind] += Tuning.COST_WEIGHT * (newRatio - ratio[kind]);
    }

    /** An independent copy. */
    LevelCosts copy() {
        LevelCosts copy = new LevelCosts();
        nanosPerByte.forEach((level, nanos) -> copy.nanosPerByte.put(level, nanos.clone()));
        ratios.forEach((level, ratio) -> copy.ratios.put(level, ratio.clone()));
        return copy;
    }
}
