package io.pageproxy.source.adaptive;

import io.pageproxy.codec.CompressionLevel;

/**
 * The constants of adaptive compression, each with its unit and reason. The measurements behind
 * them are in decision 11.
 *
 * <p>A link's pace is the time that it takes for one byte: 8 ns is 1 Gbit/s. Link cost and
 * processor time are in nanoseconds for a byte too, so that they can be added.
 */
final class Tuning {
    private Tuning() {}

    // ---- LinkMeter: intervals of the stream

    /** An interval ends after this many bytes ... */
    static final long INTERVAL_BYTES = 2 << 20;

    /** ... or after this time, if any byte was taken: a slow link needs longer for the bytes. */
    static final long INTERVAL_NANOS = 20_000_000;

    /** Weight of a new measurement in the moving average of the link's pace. */
    static final double PACE_WEIGHT = 0.4;

    /** More than socket buffers and queues of a network hold with usual settings. */
    static final long NETWORK_BUFFERS_BYTES = 16 << 20;

    // ---- LevelRange: classes of links, by pace

    /** Up to this pace it is open whether any compression pays. */
    static final double FAST_LINK_NANOS_PER_BYTE = 6;

    /**
     * Above this pace a level beyond {@link CompressionLevel#ZSTD_1} may pay; on a faster link
     * Zstandard 3 takes twice the time for 0 to 4 % of the bytes.
     */
    static final double CRAWLING_LINK_NANOS_PER_BYTE = 40;

    /** What each byte costs the processors at any level: to read, checksum and deduplicate it. */
    static final double READING_NANOS_PER_BYTE = 0.3;

    /**
     * On a slow link, the link cost is multiplied by this while the send buffer is full and divided
     * by it while the buffer is empty, so that levels mix and neither link nor processors idle.
     */
    static final double FULL_BUFFER_FACTOR = 1.25;

    // ---- LinkCost

    /** A sent byte costs at least this, for TLS and system calls. In nanoseconds. */
    static final double MIN_LINK_COST = 0.8;

    /**
     * Link cost until the link has shown its pace: enough to choose LZ4. A slow link shows itself
     * only after buffers have taken two megabytes. In nanoseconds.
     */
    static final double INITIAL_LINK_COST = 5;

    /** From this pace on a link is slower than any processor that feeds it. */
    static final double SLOW_LINK_NANOS_PER_BYTE = 4;

    /** The link is expensive, so finding equal pages pays, above this link cost in nanoseconds. */
    static final double EXPENSIVE_LINK_COST = SLOW_LINK_NANOS_PER_BYTE / 2;

    /**
     * Upper bound of the cost of a fast link, in paces for each processor: the more processors, the
     * more of their time there is to spend.
     */
    static final double MAX_COST_OF_FAST_LINK_PER_PROCESSOR = 0.75;

    /** The processors counted for that bound, at least. */
    static final int MIN_PROCESSORS = 2;

    /** Upper bound of the cost of a slow link, in paces. */
    static final double MAX_COST_OF_SLOW_LINK = 20;

    /** Factor by which the cost moves with each interval. */
    static final double COST_STEP = 1.2;

    /** Factor by which the cost falls while the link has not proved to be the bottleneck. */
    static final double UNPROVEN_COST_STEP = 1.5;

    /** Link-limited intervals in a row that prove the link; one may be due to a busy peer. */
    static final int INTERVALS_TO_PROVE_LINK = 2;

    /** A slow link is also proved by two such intervals with at most this many between them. */
    static final int MAX_INTERVALS_BETWEEN_PROOFS = 8;

    /**
     * Lower bound of the cost of a slow link on which higher levels pay, in paces: at lower levels
     * the link would be full again at once.
     */
    static final double MIN_COST_OF_SLOW_LINK = 1.3;

    /** After this many intervals that the link did not limit it may have become fast. */
    static final int INTERVALS_UNTIL_LINK_IS_UNPROVEN = 24;

    /** The same if only an earlier session has seen the link limit the stream. */
    static final int INTERVALS_UNTIL_HISTORY_IS_UNPROVEN = 8;

    // ---- ThroughputExperiment

    /** Bytes of the stream in one period, at one arm of the experiment. */
    static final int PERIOD_BYTES = 16 << 20;

    /** At the start of a period, not measured: buffers hold what the other arm has coded. */
    static final int SETTLING_BYTES = PERIOD_BYTES / 4;

    /** Measured bytes after which a clearly lost trial may end early. */
    static final int MIN_MEASURED_BYTES = PERIOD_BYTES / 4;

    /** Periods before a first trial. */
    static final int PERIODS_BEFORE_FIRST_TRIAL = 1;

    /** Fewest periods between two trials. */
    static final int MIN_PERIODS_BETWEEN_TRIALS = 4;

    /** Most periods between two trials, after many that confirmed each other. */
    static final int MAX_PERIODS_BETWEEN_TRIALS = 96;

    /** A trial that confirms the result makes the time until the next one longer by this factor. */
    static final int CONFIRMED_FACTOR = 2;

    /** The same for a result with at least {@link #CLEAR_GAIN}. */
    static final int CLEARLY_CONFIRMED_FACTOR = 8;

    /** Trials in agreement before a result is kept for the next session; one may be unlucky. */
    static final int TRIALS_TO_KEEP = 2;

    /** Weight of a new trial in the moving average of the result. */
    static final double TRIAL_WEIGHT = 0.5;

    /** An arm's best period is made this much slower with each new one, since load changes. */
    static final double FADING_FACTOR = 1.1;

    /** A difference by this factor will hardly be reversed soon. */
    static final double CLEAR_GAIN = 1.2;

    /** On a fast link compression must be faster by this factor, to be worth processor time. */
    static final double MIN_GAIN_ON_FAST_LINK = 1.15;

    /**
     * On a slow link levels beyond LZ4 stay unless they are slower by a tenth: the link cost
     * selects them only for blocks for which they pay, whereas LZ4 alone may lose a third.
     */
    static final double MIN_GAIN_ON_SLOW_LINK = 0.9;

    // ---- AdaptiveCompression: keeping estimates up to date

    /** A level next to the best is used once in this many blocks, so that its costs stay known. */
    static final int BLOCKS_BETWEEN_PROBES = 48;

    /** A level that costs more than the best by this factor is not probed. */
    static final double MAX_COST_OF_PROBE = 1.4;

    /** Blocks between two samples on a link that takes everything; otherwise each is sampled. */
    static final int BLOCKS_BETWEEN_SAMPLES = 16;

    // ---- CompressibilitySampler

    /** Kinds of content, by how much LZ4 shrinks the samples. */
    static final int CONTENT_KINDS = 8;

    /** Samples of a block: many short ones tell more than a long one. */
    static final int SAMPLES = 8;

    /** Length of a sample. */
    static final int SAMPLE_BYTES = 1 << 10;

    // ---- LevelCosts

    /** Weight of a new measurement in the moving averages. */
    static final double COST_WEIGHT = 0.2;

    /** Weight of one that is slower: the thread may have waited for its processor. */
    static final double SLOWER_COST_WEIGHT = 0.04;

    /** LZ4 shrinks a whole block further than a sample of it, by this factor. */
    static final double BLOCK_TO_SAMPLE_RATIO = 0.85;

    /** Content of which LZ4 leaves more than this share counts as incompressible. */
    static final double INCOMPRESSIBLE_RATIO = 0.85;

    /** Time that codecs take on incompressible content, as a share of that on other content. */
    static final double INCOMPRESSIBLE_TIME_RATIO = 0.4;

    /**
     * What a level costs and gains before it is measured.
     *
     * @param nanosPerByte processor time for a byte of the plain stream
     * @param ratio coded length to plain length
     */
    record Expected(double nanosPerByte, double ratio) {}

    /** Measured on memory of Python processes, blocks of 256 KiB, one core of an AMD EPYC. */
    static Expected expected(CompressionLevel level) {
        return switch (level) {
            case NONE -> new Expected(0, 1);
            case LZ4 -> new Expected(1.3, 0.42);
            case ZSTD_MINUS_3 -> new Expected(1.9, 0.37);
            case ZSTD_1 -> new Expected(2.7, 0.26);
            case ZSTD_3 -> new Expected(3.7, 0.255);
        };
    }
}
