package io.pageproxy.codec;

import io.pageproxy.codec.Lessons.Lesson;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Chooses, block by block, what costs least: processor time of the codec, plus the coded bytes at
 * the {@link LinkPrice}.
 *
 * <p>Where link and processors are nearly as fast as each other, an {@link EffortTrial} has the
 * last word, unless what is known of link and efforts says that it cannot be won: on a fast link
 * whether to compress what costs more than it takes to send, on one that is less fast whether to go
 * beyond LZ4.
 *
 * <p>A {@link BlockSampler} tells which kind of content a block is, and what each effort costs and
 * gains is remembered by kind. So incompressible blocks are found cheaply.
 *
 * <p>With its first block it takes up what earlier sessions have learnt by then, see {@link
 * Lessons}.
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
    private static final double SPREAD = 1.25;

    private static final int BLOCKS_BETWEEN_TRIALS = 48;

    /** On a link that outruns us not every block is worth a sample. */
    private static final int BLOCKS_BETWEEN_SAMPLES = 16;

    /** An effort that is dearer than the best by more than this is not even tried. */
    private static final double TRIAL_LIMIT = 1.4;

    private final LinkPace link;
    private final int processors;
    private final LongSupplier nanoClock;
    private final Lessons lessons;
    private final Effort[] efforts;
    private final int effortsUpToLz4;
    private final int effortsOfAnyLink;
    private final Choice[][] choices;
    private final BlockSampler sampler = new BlockSampler();

    // What is learnt; from the first block on.
    private LinkPrice price;
    private EffortTrial compress;
    private EffortTrial beyondLz4;
    private EffortTrial compressAtAll;
    private EffortCosts costs;

    /** The price that counts for the block at hand. */
    private double effectivePrice;

    private int kind;
    private int blocksSinceTrial;
    private int blocksSinceSample = BLOCKS_BETWEEN_SAMPLES;

    /**
     * A chooser for one session.
     *
     * @param decodable what the peer can decode
     * @param processors so many blocks are compressed at a time
     * @param lessons of sessions over the same link
     */
    public AutoEfforts(LinkPace link, Set<BlockCodec> decodable, int processors, Lessons lessons) {
        this(link, decodable, processors, lessons, System::nanoTime);
    }

    AutoEfforts(
            LinkPace link,
            Set<BlockCodec> decodable,
            int processors,
            Lessons lessons,
            LongSupplier nanoClock) {
        this.link = link;
        this.processors = processors;
        this.lessons = lessons;
        this.nanoClock = nanoClock;
        this.efforts =
                Arrays.stream(Effort.values())
                        .filter(effort -> decodable.contains(effort.codec()))
                        .toArray(Effort[]::new);
        this.effortsUpToLz4 = countUpTo(Effort.LZ4);
        this.effortsOfAnyLink = countUpTo(Effort.ZSTD);
        this.choices = new Choice[efforts.length][BlockSampler.KINDS];
        for (int effort = 0; effort < efforts.length; effort++) {
            for (int i = 0; i < BlockSampler.KINDS; i++) {
                choices[effort][i] = new Choice(efforts[effort], i);
            }
        }
    }

    private int countUpTo(Effort hardest) {
        return (int) Arrays.stream(efforts).filter(e -> e.compareTo(hardest) <= 0).count();
    }

    private void begin() {
        Optional<Lesson> last = lessons.last();
        last.ifPresent(lesson -> link.expect(lesson.nanosPerByte()));
        Lesson learnt = last.map(Lesson::forNext).orElseGet(this::nothingLearnt);
        price = learnt.price();
        compress = learnt.compress();
        beyondLz4 = learnt.beyondLz4();
        compressAtAll = learnt.compressAtAll();
        costs = learnt.costs();
        effectivePrice = price.nanosPerByte();
    }

    private Lesson nothingLearnt() {
        return new Lesson(
                link.nanosPerByte(),
                new LinkPrice(processors),
                new EffortTrial(nanoClock, false, LEAST_GAIN_OF_FAST_LINK),
                new EffortTrial(nanoClock, true, LEAST_GAIN),
                new EffortTrial(nanoClock, true, LEAST_GAIN_OF_FAST_LINK),
                EffortCosts.expected());
    }

    @Override
    public void passOn() {
        if (price != null) {
            lessons.add(
                    new Lesson(
                            link.nanosPerByte(), price, compress, beyondLz4, compressAtAll, costs));
        }
    }

    @Override
    public Choice next(ByteBuffer plain) {
        if (price == null) {
            begin();
        }
        price.update(link.news(), link.nanosPerByte(), beyondLz4.wantsMore());
        price.send(plain.remaining());
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
        if (!fast && price.isKnown() && !isWorthCompressing(plainBytes, pace)) {
            effectivePrice = LinkPrice.LEAST;
            return effortsUpToLz4;
        }
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
            double known = costs.of(efforts[effort], kind, LinkPrice.LEAST);
            double coded = costs.ratio(efforts[effort], kind);
            double nanos = READING_NANOS_PER_BYTE + known;
            least = Math.min(least, Math.max(nanos / processors, coded * pace));
        }
        return least;
    }

    /**
     * A peer that takes its pages slowly looks like a slow link once they are compressed: few coded
     * bytes in much time. So where the stream goes at a fast link's pace, a trial without any
     * compression tells. It is for that to win, whatever the link's pace seems to be.
     */
    private boolean isWorthCompressing(int plainBytes, double pace) {
        int lz4 = effortsUpToLz4 - 1;
        if (pace * costs.ratio(efforts[lz4], kind) > FAST_LINK_NANOS_PER_BYTE) {
            return true;
        }
        double compressed = leastPace(lz4, effortsOfAnyLink, pace);
        compressAtAll.next(plainBytes, leastPace(0, 1, 0), compressed);
        boolean worth = compressAtAll.wantsMore();
        if (worth) {
            compressAtAll.gotMore(plainBytes);
        }
        return worth;
    }

    private double costOf(int effort) {
        return costs.of(efforts[effort], kind, effectivePrice);
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
        kind = sampler.kindOf(plain);
    }

    @Override
    public void coded(Choice choice, int plainBytes, int codedBytes, long nanos) {
        if (plainBytes >= BlockSampler.FULLY_SAMPLED_BYTES) {
            double ratio = (double) codedBytes / plainBytes;
            costs.learn(choice.effort(), choice.kind(), (double) nanos / plainBytes, ratio);
        }
    }

    @Override
    public boolean linkIsDear() {
        if (price == null) {
            begin();
        }
        return effectivePrice > LinkPrice.SLOW_LINK / 2;
    }
}
