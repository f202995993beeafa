package io.pageproxy.source.adaptive;

import io.pageproxy.codec.BlockCodec;
import io.pageproxy.codec.CompressionLevel;
import io.pageproxy.codec.LevelSelector;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Selects for each block the level that costs least: processor time for coding it, plus its coded
 * bytes at the {@link LinkCost}, among the levels in the {@link LevelRange}.
 *
 * <p>A {@link CompressibilitySampler} classifies the block's content, and {@link LevelCosts} holds
 * by kind of content what each level costs and gains. So incompressible blocks are found cheaply.
 *
 * <p>With its first block a session takes up the {@link LinkHistory}.
 */
public final class AdaptiveCompression implements LevelSelector {
    private final LinkMetrics link;
    private final int processors;
    private final LongSupplier nanoClock;
    private final LinkHistory history;
    private final CompressionLevel[] levels;
    private final Choice[][] choices;
    private final CompressibilitySampler sampler = new CompressibilitySampler();

    // From the first block on.
    private LinkHistory.Entry known;
    private LevelRange range;

    private int kind;
    private int blocksSinceProbe;
    private int blocksSinceSample = Tuning.BLOCKS_BETWEEN_SAMPLES;

    /**
     * A selector for one session.
     *
     * @param decodable codecs of the peer
     * @param processors how many blocks are compressed concurrently
     * @param history of sessions over the same link
     */
    public AdaptiveCompression(
            LinkMetrics link, Set<BlockCodec> decodable, int processors, LinkHistory history) {
        this(link, decodable, processors, history, System::nanoTime);
    }

    AdaptiveCompression(
            LinkMetrics link,
            Set<BlockCodec> decodable,
            int processors,
            LinkHistory history,
            LongSupplier nanoClock) {
        this.link = link;
        this.processors = processors;
        this.history = history;
        this.nanoClock = nanoClock;
        this.levels =
                Arrays.stream(CompressionLevel.values())
                        .filter(level -> decodable.contains(level.codec()))
                        .toArray(CompressionLevel[]::new);
        this.choices = new Choice[levels.length][Tuning.CONTENT_KINDS];
        for (int level = 0; level < levels.length; level++) {
            for (int i = 0; i < Tuning.CONTENT_KINDS; i++) {
                choices[level][i] = new Choice(levels[level], i);
            }
        }
    }

    private void begin() {
        if (known == null) {
            Optional<LinkHistory.Entry> last = history.last();
            last.ifPresent(entry -> link.expect(entry.linkNanosPerByte()));
            known = last.map(LinkHistory.Entry::forNextSession).orElseGet(this::withoutHistory);
            range = new LevelRange(link, processors, levels, known);
        }
    }

    private LinkHistory.Entry withoutHistory() {
        return new LinkHistory.Entry(
                link.nanosPerByte(),
                new LinkCost(processors),
                new ThroughputExperiment(nanoClock, false, Tuning.MIN_GAIN_ON_FAST_LINK),
                new ThroughputExperiment(nanoClock, true, Tuning.MIN_GAIN_ON_SLOW_LINK),
                new ThroughputExperiment(nanoClock, true, Tuning.MIN_GAIN_ON_FAST_LINK),
                LevelCosts.expected());
    }

    @Override
    public void keepHistory() {
        if (known != null) {
            history.add(known.withLinkNanosPerByte(link.nanosPerByte()));
        }
    }

    @Override
    public Choice select(ByteBuffer plain) {
        begin();
        int candidates = range.next(plain.remaining(), kind);
        int best = cheapest(plain, candidates);
        if (++blocksSinceProbe >= Tuning.BLOCKS_BETWEEN_PROBES) {
            blocksSinceProbe = 0;
            best = neighbourToProbe(best, candidates);
        }
        range.onSelected(best, plain.remaining());
        return choices[best][kind];
    }

    /** On a link that takes everything, samples only a few of the blocks that stay uncompressed. */
    private int cheapest(ByteBuffer plain, int candidates) {
        boolean sampled =
                range.linkCost() > Tuning.MIN_LINK_COST
                        || ++blocksSinceSample >= Tuning.BLOCKS_BETWEEN_SAMPLES;
        if (sampled) {
            sample(plain);
        }
        int best = cheapest(candidates);
        if (best > 0 && !sampled) {
            sample(plain);
            best = cheapest(candidates);
        }
        return best;
    }

    private void sample(ByteBuffer plain) {
        blocksSinceSample = 0;
        kind = sampler.kindOf(plain);
    }

    private int cheapest(int candidates) {
        int best = 0;
        for (int level = 1; level < candidates; level++) {
            if (costOf(level) < costOf(best)) {
                best = level;
            }
        }
        return best;
    }

    private double costOf(int level) {
        return known.levelCosts().nanosPerByte(levels[level], kind, range.linkCost());
    }

    /** The costs of the best level stay up to date by its use, those of others only by probes. */
    private int neighbourToProbe(int best, int candidates) {
        int lower = Math.max(0, best - 1);
        int higher = Math.min(candidates - 1, best + 1);
        int cheaper = lower == best || costOf(higher) < costOf(lower) ? higher : lower;
        return costOf(cheaper) < costOf(best) * Tuning.MAX_COST_OF_PROBE ? cheaper : best;
    }

    @Override
    public void onCoded(Choice choice, int plainBytes, int codedBytes, long nanos) {
        if (plainBytes >= CompressibilitySampler.FULLY_SAMPLED_BYTES) {
            double ratio = (double) codedBytes / plainBytes;
            known.levelCosts()
                    .add(choice.level(), choice.contentKind(), (double) nanos / plainBytes, ratio);
        }
    }

    @Override
    public boolean linkIsExpensive() {
        begin();
        return range.linkCost() > Tuning.EXPENSIVE_LINK_COST;
    }
}
