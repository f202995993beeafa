package io.pageproxy.codec;

import java.util.function.LongSupplier;

/**
 * Finds out whether more effort speeds a stream up where link and processors are nearly as fast as
 * each other. There a socket that is full may mean that the link is slow, or that the peer is, and
 * where both ends share processors, more work for them would make that worse. So the stream goes
 * some way with the one and some way with the other, and what was faster goes on, until the next
 * trial.
 *
 * <pre>
 *  first, twice | other | the better one | other | the better one, 2 to 8 times as long | other ...
 *  16 MiB each; the first quarter is not measured, since buffers are full of what was before;
 *  where more effort comes first, what passes until most blocks are given it does not count;
 *  a trial that is clearly lost ends as soon as that shows; one that cannot be won does not begin
 * </pre>
 *
 * Not thread-safe.
 */
final class EffortTrial {
    private static final int PERIOD_BYTES = 16 << 20;
    private static final int SETTLING_BYTES = PERIOD_BYTES / 4;
    private static final int LEAST_MEASURED_BYTES = PERIOD_BYTES / 4;
    private static final int FEWEST_PERIODS_BETWEEN_TRIALS = 4;
    private static final int MOST_PERIODS_BETWEEN_TRIALS = 96;
    private static final int TRIALS_TO_PASS_ON = 2;
    private static final double WEIGHT = 0.5;

    /** A period's pace is forgotten bit by bit, as what else the processors do changes. */
    private static final double FADING = 1.1;

    /** What differs by more than this will hardly be otherwise soon. */
    private static final double CLEAR_GAIN = 1.2;

    private final LongSupplier nanoClock;
    private final boolean moreFirst;
    private final double leastGain;
    private boolean more;
    private long bytes;
    private long bytesWithMore;
    private double leastNanosOfLess;
    private double leastNanosOfMore;
    private long settledNanos;
    private boolean onTrial;
    private int trialsInAgreement;
    private int periodsToTrial = 1;
    private int periodsBetweenTrials = FEWEST_PERIODS_BETWEEN_TRIALS / 2;

    /**
     * Of the best of the last few periods: one that something else has held up says nothing. 0:
     * there was none.
     */
    private double paceBefore;

    /**
     * Pace with more effort to pace with less, from trials and the periods before them: what lies
     * further back had other content, and other load beside it. 0: not tried yet.
     */
    private double moreToLess;

    /**
     * A trial that has not begun.
     *
     * @param moreFirst whether more effort is the likelier to win
     * @param leastGain so many times as fast it must be, to be worth the processors' time
     */
    EffortTrial(LongSupplier nanoClock, boolean moreFirst, double leastGain) {
        this.nanoClock = nanoClock;
        this.moreFirst = moreFirst;
        this.leastGain = leastGain;
        this.more = moreFirst;
    }

    /**
     * For another stream of the same link: what two trials in a row have found, and when to try
     * again. One alone may have been unlucky, and a short stream would have to live with it.
     */
    EffortTrial forNext() {
        EffortTrial next = new EffortTrial(nanoClock, moreFirst, leastGain);
        next.moreToLess = moreToLess;
        next.trialsInAgreement = trialsInAgreement;
        if (trialsInAgreement >= TRIALS_TO_PASS_ON) {
            next.more = more ^ onTrial;
            next.periodsToTrial = Math.max(1, periodsToTrial);
            next.periodsBetweenTrials = periodsBetweenTrials;
        }
        return next;
    }

    /** Whether the next block is worth more effort. */
    boolean wantsMore() {
        return more;
    }

    /**
     * A block of the plain stream follows.
     *
     * @param leastPaceOfLess what no less effort can beat on it, nanoseconds a byte and more than
     *     0, for all that is known: no trial begins that cannot be won
     * @param leastPaceOfMore the same of more effort
     */
    void next(int plainBytes, double leastPaceOfLess, double leastPaceOfMore) {
        if (bytes >= PERIOD_BYTES || isLost()) {
            endPeriod();
        }
        boolean settling = bytes < SETTLING_BYTES;
        bytes += plainBytes;
        if (!settling) {
            leastNanosOfLess += plainBytes * leastPaceOfLess;
            leastNanosOfMore += plainBytes * leastPaceOfMore;
        } else if (bytes >= SETTLING_BYTES) {
            settledNanos = nanoClock.getAsLong();
        }
    }

    /** So many bytes of what {@link #next} announced were given more effort indeed. */
    void gotMore(int plainBytes) {
        bytesWithMore += plainBytes;
    }

    private boolean isLost() {
        return onTrial
                && bytes >= SETTLING_BYTES + LEAST_MEASURED_BYTES
                && pace() > CLEAR_GAIN * paceBefore;
    }

    /**
     * Of this period, in units of what less effort takes at the least: so content that is hard to
     * compress does not look slow. What goes faster than it can has gone into empty buffers.
     */
    private double pace() {
        double nanos = nanoClock.getAsLong() - settledNanos;
        return Math.max(nanos, more ? leastNanosOfMore : leastNanosOfLess) / leastNanosOfLess;
    }

    private void endPeriod() {
        double pace = pace();
        double leastPaceOfMore = leastNanosOfMore / leastNanosOfLess;
        boolean moreWasRare = more && bytesWithMore < bytes / 2;
        bytes = 0;
        bytesWithMore = 0;
        leastNanosOfLess = 0;
        leastNanosOfMore = 0;
        if (paceBefore == 0 && moreWasRare) {
            return; // the stream's beginning, which says nothing of more effort
        }
        if (onTrial) {
            boolean tried = more;
            judge(tried ? pace / paceBefore : paceBefore / pace);
            paceBefore = more == tried ? pace : paceBefore;
        } else {
            paceBefore = paceBefore == 0 ? pace : Math.min(pace, paceBefore * FADING);
            periodsToTrial--;
            boolean otherMayWin = more ? !pays(paceBefore) : pays(leastPaceOfMore / paceBefore);
            onTrial = periodsToTrial < 0 && otherMayWin;
            more ^= onTrial;
        }
    }

    /** What contradicts what was known is looked at again before long. */
    private void judge(double ratio) {
        moreToLess = moreToLess == 0 ? ratio : moreToLess + WEIGHT * (ratio - moreToLess);
        boolean pays = pays(moreToLess);
        trialsInAgreement = pays(ratio) == pays ? trialsInAgreement + 1 : 1;
        boolean confirmed = pays != more && pays(ratio) == pays;
        periodsBetweenTrials = confirmed ? longer() : FEWEST_PERIODS_BETWEEN_TRIALS;
        periodsToTrial = periodsBetweenTrials;
        onTrial = false;
        more = pays;
    }

    private boolean pays(double ratio) {
        return ratio * leastGain < 1;
    }

    /**
     * The trial has confirmed what was known; the first one may have seen a stream's slow start.
     */
    private int longer() {
        boolean first = periodsBetweenTrials < FEWEST_PERIODS_BETWEEN_TRIALS;
        boolean clear = Math.max(moreToLess, 1 / moreToLess) > CLEAR_GAIN;
        int times = clear && !first ? 8 : 2;
        return Math.min(MOST_PERIODS_BETWEEN_TRIALS, times * periodsBetweenTrials);
    }
}
