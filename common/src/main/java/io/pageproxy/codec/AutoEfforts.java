package io.pageproxy.codec;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.function.LongSupplier;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/**
 * Chooses, block by block, what costs least: processor time of the codec, plus the coded bytes at
 * the {@link LinkPrice}.
 *
 * <p>Where link and processors are nearly as fast as each other, an {@link EffortTrial} has the
 * last word, unless what is known of link and efforts says that it cannot be won: on a fast link
 * whether to compress what costs more than it takes to send, on one that is less fast whether to go
 * beyond LZ4.
 *
 * <p>Samples of each block, compressed by LZ4, tell which kind of content it is, and what each
 * effort costs and gains is remembered by kind. So incompressible blocks are found for a 32nd of
 * their price.
 */
public final class AutoEfforts implements Efforts {
    /** Faster than this: trials whether to compress. */
    private static final double FAST_LINK_NANOS_PER_BYTE = 6;

    /** Faster than this: trials whether to go beyond LZ4. */
    private static final double CRAWLING_LINK_NANOS_PER_BYTE = 40;

    /** What every byte costs the processors, coded or not: to be read, summed and looked at. */
    private static final double READING_NANOS_PER_BYTE = 0.3;

    /** Where a link is fast, what else the processors do makes more of a difference than that. */
    private static final double LEAST_GAIN_OF_FAST_LINK = 1.15;

    /**
     * On a slow link more effort stays while it costs no more than a tenth: the price chooses it
     * for no more blocks than pay, so it hardly loses, and LZ4 alone may lose a third.
     */
    private static final double LEAST_GAIN = 0.9;

    /**
     * So much dearer is a slow link while the buffer before it is full, and cheaper while empty.
     */
    private static final double SPREAD = 1.5;

    /** Many short ones tell more of a block than one that is as long as all of them. */
    private static final int SAMPLES = 8;

    private static final int SAMPLE_BYTES = 1 << 10;

    /** Of a whole block LZ4 leaves less than of a sample, where it leaves less than all. */
    private static final double BLOCK_TO_SAMPLE_RATIO = 0.85;

    private static final double INCOMPRESSIBLE = 0.85;
    private static final int KINDS = 8;
    private static final int BLOCKS_BETWEEN_TRIALS = 48;

    /** On a link that outruns us not every block is worth a sample. */
    private static final int BLOCKS_BETWEEN_SAMPLES = 4;

    /** An effort that is dearer than the best by more than this is not even tried. */
    private static final double TRIAL_LIMIT = 1.4;

    private final LinkPace link;
    private final LinkPrice price;
    private final int processors;
    private final EffortTrial compress;
    private final EffortTrial beyondLz4;
    private final Effort[] efforts;
    private final int effortsUpToLz4;
    private final int effortsOfAnyLink;
    private final Choice[][] choices;
    private final LZ4Compressor sampler = LZ4Factory.nativeInstance().fastCompressor();
    private final ByteBuffer sampled =
            ByteBuffer.allocateDirect(sampler.maxCompressedLength(SAMPLE_BYTES));

    /** By effort, then by kind of content. */
    private final Experience[][] experience;

    /** The price that counts for the block at hand. */
    private double effectivePrice;

    private int kind;
    private int blocksSinceTrial;
    private int blocksSinceSample = BLOCKS_BETWEEN_SAMPLES;

    /** What an effort costs and gains on one kind of content; moves with what is measured. */
    private static final class Experience {
        private static final double WEIGHT = 0.2;

        /** A thread that had to wait for its processor looks slow; one that looks fast is it. */
        private static final double WEIGHT_OF_SLOWER = 0.04;

        private double nanosPerByte;
        private double ratio;

        Experience(double nanosPerByte, double ratio) {
            this.nanosPerByte = nanosPerByte;
            this.ratio = ratio;
        }

        void learn(double newNanosPerByte, double newRatio) {
            double weight = newNanosPerByte > nanosPerByte ? WEIGHT_OF_SLOWER : WEIGHT;
            nanosPerByte += weight * (newNanosPerByte - nanosPerByte);
            ratio += WEIGHT * (newRatio - ratio);
        }

        double cost(double price) {
            return nanosPerByte + price * ratio;
        }
    }

    /**
     * A chooser for one session.
     *
     * @param decodable what the peer can decode
     * @param processors so many blocks are compressed at a time
     */
    public AutoEfforts(LinkPace link, Set<BlockCodec> decodable, int processors) {
        this(link, decodable, processors, System::nanoTime);
    }

    AutoEfforts(LinkPace link, Set<BlockCodec> decodable, int processors, LongSupplier nanoClock) {
        this.link = link;
        this.processors = processors;
        this.price = new LinkPrice(processors);
        this.effectivePrice = price.nanosPerByte();
        this.compress = new EffortTrial(nanoClock, false, LEAST_GAIN_OF_FAST_LINK);
        this.beyondLz4 = new EffortTrial(nanoClock, true, LEAST_GAIN);
        this.efforts =
                Arrays.stream(Effort.values())
                        .filter(effort -> decodable.contains(effort.codec()))
                        .toArray(Effort[]::new);
        this.effortsUpToLz4 = countUpTo(Effort.LZ4);
        this.effortsOfAnyLink = countUpTo(Effort.ZSTD);
        this.experience = new Experience[efforts.length][KINDS];
        this.choices = new Choice[efforts.length][KINDS];
        for (int effort = 0; effort < efforts.length; effort++) {
            for (int i = 0; i < KINDS; i++) {
                experience[effort][i] = expectation(efforts[effort], (i + 0.5) / KINDS);
                choices[effort][i] = new Choice(efforts[effort], i);
            }
        }
    }

    private int countUpTo(Effort hardest) {
        return (int) Arrays.stream(efforts).filter(e -> e.compareTo(hardest) <= 0).count();
    }

    /** What LZ4 hardly shrinks it passes over quickly, and nobody shrinks it much more. */
    private static Experience expectation(Effort effort, double sampleRatio) {
        if (effort == Effort.NONE) {
            return new Experience(0, 1);
        }
        boolean incompressible = sampleRatio > INCOMPRESSIBLE;
        double blockRatio = sampleRatio * (incompressible ? 1 : BLOCK_TO_SAMPLE_RATIO);
        double shape = blockRatio / Effort.LZ4.expectedRatio();
        double ratio = Math.min(1, effort.expectedRatio() * shape);
        double speed = incompressible ? 0.4 : Math.min(1, shape);
        return new Experience(effort.expectedNanosPerByte() * speed, ratio);
    }

    @Override
    public Choice next(ByteBuffer plain) {
        price.update(link.news(), link.nanosPerByte(), beyondLz4.wantsMore());
        int limit = limitBy(plain.remaining());
        boolean sampled =
                effectivePrice > LinkPrice.LEAST || ++blocksSinceSample >= BLOCKS_BETWEEN_SAMPLES;
        if (sampled) {
            sample(plain);
        }
        int best = cheapest(limit);
        if (best > 0 && !sampled) {
            sample(plain);
            best = cheapest(limit);
        }
        if (++blocksSinceTrial >= BLOCKS_BETWEEN_TRIALS) {
            blocksSinceTrial = 0;
            best = neighbourWorthATrial(best, limit);
        }
        if (best >= effortsUpToLz4) {
            beyondLz4.gotMore(plain.remaining());
        }
        return choices[best][kind];
    }

    private int cheapest(int limit) {
        int best = 0;
        for (int effort = 1; effort < limit; effort++) {
            if (costOf(effort) < costOf(best)) {
                best = effort;
            }
        }
        return best;
    }

    /**
     * Lets the trial that the link's pace calls for decide of a block.
     *
     * @return how many efforts there are to choose from
     */
    private int limitBy(int plainBytes) {
        double pace = link.nanosPerByte();
        boolean fast = pace <= FAST_LINK_NANOS_PER_BYTE;
        if (fast) {
            int lz4 = effortsUpToLz4 - 1;
            boolean noneWillDo = !compress.wantsMore() && price.isLeast();
            double more = noneWillDo ? Double.POSITIVE_INFINITY : leastPace(lz4, lz4 + 1, pace);
            compress.next(plainBytes, leastPace(0, 1, pace), more);
        } else {
            double upToLz4 = leastPace(0, effortsUpToLz4, pace);
            double beyond = leastPace(effortsUpToLz4, efforts.length, pace);
            beyondLz4.next(plainBytes, upToLz4, beyond);
        }
        boolean cheap = fast && price.isKnown() && !compress.wantsMore();
        effectivePrice = cheap ? LinkPrice.LEAST : price.nanosPerByte();
        if (!fast) {
            effectivePrice *= Math.pow(SPREAD, 2 * link.backlog() - 1);
        }
        boolean crawling = pace > CRAWLING_LINK_NANOS_PER_BYTE;
        boolean beyond = crawling || fast || beyondLz4.wantsMore();
        int most = crawling ? efforts.length : effortsOfAnyLink;
        return beyond && price.isKnown() && !cheap ? most : effortsUpToLz4;
    }

    /**
     * What none of those efforts can beat on content of this kind, nanoseconds a byte: as if coding
     * and sending never waited for each other.
     */
    private double leastPace(int firstEffort, int endEffort, double pace) {
        double least = Double.POSITIVE_INFINITY;
        for (int effort = firstEffort; effort < endEffort; effort++) {
            Experience known = experience[effort][kind];
            double nanos = READING_NANOS_PER_BYTE + known.cost(LinkPrice.LEAST);
            least = Math.min(least, Math.max(nanos / processors, known.ratio * pace));
        }
        return least;
    }

    private double costOf(int effort) {
        return experience[effort][kind].cost(effectivePrice);
    }

    /** The best one's estimate stays fresh by use; the others' only if they are tried at times. */
    private int neighbourWorthATrial(int best, int limit) {
        int weaker = Math.max(0, best - 1);
        int stronger = Math.min(limit - 1, best + 1);
        int cheaper = weaker == best || costOf(stronger) < costOf(weaker) ? stronger : weaker;
        return costOf(cheaper) < costOf(best) * TRIAL_LIMIT ? cheaper : best;
    }

    private void sample(ByteBuffer plain) {
        blocksSinceSample = 0;
        kind = kindOf(plain);
    }

    private int kindOf(ByteBuffer plain) {
        int part = plain.remaining() / SAMPLES;
        int bytes = Math.min(SAMPLE_BYTES, part);
        int coded = 0;
        for (int i = 0; i < SAMPLES; i++) {
            int from = plain.position() + i * part + (part - bytes) / 2;
            coded += sampler.compress(plain, from, bytes, sampled, 0, sampled.capacity());
        }
        return Math.min(KINDS - 1, coded * KINDS / (SAMPLES * bytes));
    }

    @Override
    public void coded(Choice choice, int plainBytes, int codedBytes, long nanos) {
        if (plainBytes >= SAMPLES * SAMPLE_BYTES) {
            for (int effort = 0; effort < efforts.length; effort++) {
                if (efforts[effort] == choice.effort()) {
                    experience[effort][choice.kind()].learn(
                            (double) nanos / plainBytes, (double) codedBytes / plainBytes);
                }
            }
        }
    }

    @Override
    public boolean linkIsDear() {
        return effectivePrice > LinkPrice.SLOW_LINK / 2;
    }
}
