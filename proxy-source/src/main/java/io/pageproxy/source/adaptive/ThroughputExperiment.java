package io.pageproxy.source.adaptive;

import java.util.function.LongSupplier;

/**
 * Finds out by experiment whether higher levels speed a stream up, where link and processors are
 * about equally fast. There, a full socket may mean a slow link or a busy peer, and if both ends
 * share processors, more work for them would make that worse. So the stream runs for a period at
 * the one arm, lower or higher levels, for a period at the other, and continues at the faster one
 * until the next trial.
 *
 * <pre>
 *  first arm, two periods | other | better arm | other | better arm, 2 to 8 times as long | other ...
 *                         \_trial_/            \_trial_/
 * </pre>
 *
 * <ul>
 *   <li>The start of a period is not measured: buffers hold what the other arm has coded.
 *   <li>If the higher arm comes first, periods before most blocks are coded at higher levels do not
 *       count.
 *   <li>A trial that is clearly lost ends as soon as that shows; one that cannot be won does not
 *       begin.
 *   <li>Times are relative to the lower bound of the lower arm on the same content, so that content
 *       that is hard to compress does not make an arm look slow.
 * </ul>
 *
 * Not thread-safe.
 */
final class ThroughputExperiment {
    private final LongSupplier nanoClock;
    private final boolean higherFirst;
    private final double minGain;

    /** The arm in use; during a trial, the one on trial. */
    private boolean higher;

    private boolean onTrial;

    // The current period.
    private long bytes;
    private long bytesAtHigherLevels;
    private double minNanosOfLower;
    private double minNanosOfHigher;
    private long measuredSinceNanos;

    // The schedule of trials.
    private int periodsUntilTrial = Tuning.PERIODS_BEFORE_FIRST_TRIAL;
    private int periodsBetweenTrials = Tuning.MIN_PERIODS_BETWEEN_TRIALS / 2;
    private int trialsInAgreement;

    /**
     * Relative time of the best of the last few periods at the arm in use, since something else may
     * have held up a single one; 0: none yet.
     */
    private double bestTime;

    /**
     * Time of the higher arm to time of the lower arm, from trials and the periods before them; 0:
     * not tried yet.
     */
    private double higherToLower;

    /**
     * An experiment that starts without a trial.
     *
     * @param higherFirst whether the higher arm is more likely to win
     * @param minGain how many times as fast the higher arm must be to be used
     */
    ThroughputExperiment(LongSupplier nanoClock, boolean higherFirst, double minGain) {
        this.nanoClock = nanoClock;
        this.higherFirst = higherFirst;
        this.minGain = minGain;
        this.higher = higherFirst;
    }

    /**
     * The experiment for the next stream over the same link: it starts with what two trials in a
     * row have found. A single trial may have been unlucky, and a short stream could not correct
     * it.
     */
    ThroughputExperiment forNextSession() {
        ThroughputExperiment next = new ThroughputExperiment(nanoClock, higherFirst, minGain);
        next.higherToLower = higherToLower;
        next.trialsInAgreement = trialsInAgreement;
        if (trialsInAgreement >= Tuning.TRIALS_TO_KEEP) {
            next.higher = higher ^ onTrial;
            next.periodsUntilTrial = Math.max(1, periodsUntilTrial);
            next.periodsBetweenTrials = periodsBetweenTrials;
        }
        return next;
    }

    /** Whether the next block may be compressed at the higher levels. */
    boolean isHigher() {
        return higher;
    }

    /**
     * Announces the next block of the plain stream.
     *
     * @param minNanosPerByteOfLower what no lower level can beat on it for all that is known, above
     *     0
     * @param minNanosPerByteOfHigher the same for the higher levels
     */
    void onBlock(int plainBytes, double minNanosPerByteOfLower, double minNanosPerByteOfHigher) {
        if (bytes >= Tuning.PERIOD_BYTES || isClearlyLost()) {
            endPeriod();
        }
        boolean settling = bytes < Tuning.SETTLING_BYTES;
        bytes += plainBytes;
        if (!settling) {
            minNanosOfLower += plainBytes * minNanosPerByteOfLower;
            minNanosOfHigher += plainBytes * minNanosPerByteOfHigher;
        } else if (bytes >= Tuning.SETTLING_BYTES) {
            measuredSinceNanos = nanoClock.getAsLong();
        }
    }

    /** The block that {@link #onBlock} announced is compressed at a higher level. */
    void onHigherLevel(int plainBytes) {
        bytesAtHigherLevels += plainBytes;
    }

    private boolean isClearlyLost() {
        return onTrial
                && bytes >= Tuning.SETTLING_BYTES + Tuning.MIN_MEASURED_BYTES
                && relativeTime() > Tuning.CLEAR_GAIN * bestTime;
    }

    /** A period that was faster than its lower bound has only filled empty buffers. */
    private double relativeTime() {
        double nanos = nanoClock.getAsLong() - measuredSinceNanos;
        return Math.max(nanos, higher ? minNanosOfHigher : minNanosOfLower) / minNanosOfLower;
    }

    private void endPeriod() {
        double time = relativeTime();
        double minTimeOfHigher = minNanosOfHigher / minNanosOfLower;
        boolean higherWasRare = higher && bytesAtHigherLevels < bytes / 2;
        bytes = 0;
        bytesAtHigherLevels = 0;
        minNanosOfLower = 0;
        minNanosOfHigher = 0;
        if (bestTime == 0 && higherWasRare) {
            return; // the start of the stream, which says nothing of the higher levels
        }
        if (onTrial) {
            endTrial(time);
        } else {
            bestTime = bestTime == 0 ? time : Math.min(time, bestTime * Tuning.FADING_FACTOR);
            periodsUntilTrial--;
            boolean otherMayWin = higher ? !pays(bestTime) : pays(minTimeOfHigher / bestTime);
            onTrial = periodsUntilTrial < 0 && otherMayWin;
            higher ^= onTrial;
        }
    }

    /** A result that contradicts what was known is checked again soon. */
    private void endTrial(double time) {
        boolean tried = higher;
        double ratio = tried ? time / bestTime : bestTime / time;
        higherToLower =
                higherToLower == 0
                        ? ratio
                        : higherToLower + Tuning.TRIAL_WEIGHT * (ratio - higherToLower);
        boolean pays = pays(higherToLower);
        boolean agrees = pays(ratio) == pays;
        trialsInAgreement = agrees ? trialsInAgreement + 1 : 1;
        boolean confirmed = pays != tried && agrees;
        periodsBetweenTrials = confirmed ? longer() : Tuning.MIN_PERIODS_BETWEEN_TRIALS;
        periodsUntilTrial = periodsBetweenTrials;
        onTrial = false;
        higher = pays;
        bestTime = higher == tried ? time : bestTime;
    }

    private boolean pays(double higherToLowerTime) {
        return higherToLowerTime * minGain < 1;
    }

    /** The first trial may have seen the slow start of a stream, so it does not count as clear. */
    private int longer() {
        boolean first = periodsBetweenTrials < Tuning.MIN_PERIODS_BETWEEN_TRIALS;
        boolean clear = Math.max(higherToLower, 1 / higherToLower) > Tuning.CLEAR_GAIN;
        int factor = clear && !first ? Tuning.CLEARLY_CONFIRMED_FACTOR : Tuning.CONFIRMED_FACTOR;
        return Math.min(Tuning.MAX_PERIODS_BETWEEN_TRIALS, factor * periodsBetweenTrials);
    }
}
