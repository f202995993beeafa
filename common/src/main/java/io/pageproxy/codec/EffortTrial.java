package io.pageproxy.codec;

import java.util.function.LongSupplier;

/**
 * Finds out whether more effort speeds a stream up where link and processors are nearly as fast as
 * each other. There a socket that is full may mean that the link is slow, or that the peer is, and
 * where both ends share processors, more work for them would make that worse. So the stream goes
 * some way with less effort and some way with more, and what was faster goes on, until the next
 * trial.
 *
 * <pre>
 *  less | more | the better one, 4 periods | the other | the better one, 8 periods | the other ...
 *  24 MiB each; the first third is not measured, since buffers are full of what was before
 * </pre>
 *
 * Not thread-safe.
 */
final class EffortTrial {
    private static final int PERIOD_BYTES = 24 << 20;
    private static final int SETTLING_BYTES = PERIOD_BYTES / 3;
    private static final int FEWEST_PERIODS_BETWEEN_TRIALS = 4;
    private static final int MOST_PERIODS_BETWEEN_TRIALS = 64;
    private static final double WEIGHT = 0.5;

    /** So much faster it must be, to be worth the processors' time. */
    private static final double LEAST_GAIN = 1.03;

    private final LongSupplier nanoClock;
    private boolean more;
    private long bytes;
    private long settledBytes;
    private long settledNanos;
    private boolean onTrial;
    private int periodsToTrial;
    private int periodsBetweenTrials = FEWEST_PERIODS_BETWEEN_TRIALS / 2;

    /** Nanoseconds a plain byte; 0: not tried yet. */
    private double paceOfMore;

    private double paceOfLess;

    EffortTrial(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Whether the next block is worth more effort. */
    boolean wantsMore() {
        return more;
    }

    /** A block of the plain stream follows. */
    void next(int plainBytes) {
        if (bytes >= PERIOD_BYTES) {
            endPeriod();
        }
        boolean settling = bytes < SETTLING_BYTES;
        bytes += plainBytes;
        if (settling && bytes >= SETTLING_BYTES) {
            settledBytes = bytes;
            settledNanos = nanoClock.getAsLong();
        }
    }

    private void endPeriod() {
        double pace = (double) (nanoClock.getAsLong() - settledNanos) / (bytes - settledBytes);
        if (more) {
            paceOfMore = moved(paceOfMore, pace);
        } else {
            paceOfLess = moved(paceOfLess, pace);
        }
        bytes = 0;
        if (paceOfMore == 0) {
            more = true;
            onTrial = true;
            return;
        }
        boolean pays = paceOfMore * LEAST_GAIN < paceOfLess;
        if (onTrial) {
            boolean confirmed = pays != more;
            periodsBetweenTrials =
                    confirmed
                            ? Math.min(MOST_PERIODS_BETWEEN_TRIALS, 2 * periodsBetweenTrials)
                            : FEWEST_PERIODS_BETWEEN_TRIALS;
            periodsToTrial = periodsBetweenTrials;
        }
        onTrial = periodsToTrial-- == 0;
        more = onTrial != pays;
    }

    private static double moved(double average, double pace) {
        return average == 0 ? pace : average + WEIGHT * (pace - average);
    }
}
