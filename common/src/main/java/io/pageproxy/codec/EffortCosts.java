package io.pageproxy.codec;

import java.util.EnumMap;
import java.util.Map;

/**
 * What each effort costs and gains on each kind of content that a {@link BlockSampler} tells apart.
 * It begins with what {@link Effort} expects, and moves with what is measured. Not thread-safe.
 */
final class EffortCosts {
    private static final double WEIGHT = 0.2;

    /** A thread that had to wait for its processor looks slow; one that looks fast is it. */
    private static final double WEIGHT_OF_SLOWER = 0.04;

    /** Of a whole block LZ4 leaves less than of a sample, where it leaves less than all. */
    private static final double BLOCK_TO_SAMPLE_RATIO = 0.85;

    private static final double INCOMPRESSIBLE = 0.85;
    private static final double SPEED_ON_INCOMPRESSIBLE = 0.4;

    /** By kind of content. */
    private final Map<Effort, double[]> nanosPerByte = new EnumMap<>(Effort.class);

    private final Map<Effort, double[]> ratios = new EnumMap<>(Effort.class);

    private EffortCosts() {}

    /** What is expected before anything has been measured. */
    static EffortCosts expected() {
        EffortCosts costs = new EffortCosts();
        for (Effort effort : Effort.values()) {
            costs.nanosPerByte.put(effort, new double[BlockSampler.KINDS]);
            costs.ratios.put(effort, new double[BlockSampler.KINDS]);
            for (int kind = 0; kind < BlockSampler.KINDS; kind++) {
                costs.expect(effort, kind, BlockSampler.ratioOf(kind));
            }
        }
        return costs;
    }

    /** What LZ4 hardly shrinks it passes over quickly, and nobody shrinks it much more. */
    private void expect(Effort effort, int kind, double sampleRatio) {
        boolean incompressible = sampleRatio > INCOMPRESSIBLE;
        double blockRatio = sampleRatio * (incompressible ? 1 : BLOCK_TO_SAMPLE_RATIO);
        double shape = blockRatio / Effort.LZ4.expectedRatio();
        double speed = incompressible ? SPEED_ON_INCOMPRESSIBLE : Math.min(1, shape);
        double ratio = Math.min(1, effort.expectedRatio() * shape);
        nanosPerByte.get(effort)[kind] = effort.expectedNanosPerByte() * speed;
        ratios.get(effort)[kind] = effort == Effort.NONE ? 1 : ratio;
    }

    /** Coded length to plain length. */
    double ratio(Effort effort, int kind) {
        return ratios.get(effort)[kind];
    }

    /**
     * Nanoseconds that a byte costs in all.
     *
     * @param price of a coded byte, in the same unit
     */
    double of(Effort effort, int kind, double price) {
        return nanosPerByte.get(effort)[kind] + price * ratio(effort, kind);
    }

    /** A block of that kind was coded with that effort. */
    void learn(Effort effort, int kind, double newNanosPerByte, double newRatio) {
        double[] nanos = nanosPerByte.get(effort);
        double weight = newNanosPerByte > nanos[kind] ? WEIGHT_OF_SLOWER : WEIGHT;
        nanos[kind] += weight * (newNanosPerByte - nanos[kind]);
        double[] ratio = ratios.get(effort);
        ratio[kind] += WEIGHT * (newRatio - ratio[kind]);
    }

    /** The same, to be moved on its own. */
    EffortCosts copy() {
        EffortCosts copy = new EffortCosts();
        nanosPerByte.forEach((effort, nanos) -> copy.nanosPerByte.put(effort, nanos.clone()));
        ratios.forEach((effort, ratio) -> copy.ratios.put(effort, ratio.clone()));
        return copy;
    }
}
