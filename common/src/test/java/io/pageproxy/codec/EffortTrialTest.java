package io.pageproxy.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of which less effort takes one pace and more effort another. */
class EffortTrialTest {
    private static final int BLOCK_BYTES = 512 << 10;
    private static final long GIGABYTE = 1_000_000_000;

    private static final int STALL_BYTES = 8 << 20;
    private static final int STREAMS = 20;

    private final Random random = new Random(7);
    private long nanos;
    private double stallShare;
    private double stall = 1;
    private double leastPaceOfLess = 0.5;
    private double leastPaceOfMore = 0.1;

    /** How much of the stream goes with more effort, 0 to 1. */
    private double shareOfMore(
            EffortTrial trial, long streamBytes, double paceOfLess, double paceOfMore) {
        long moreBytes = 0;
        for (long done = 0; done < streamBytes; done += BLOCK_BYTES) {
            trial.next(BLOCK_BYTES, leastPaceOfLess, leastPaceOfMore);
            double pace = trial.wantsMore() ? paceOfMore : paceOfLess;
            if (done % STALL_BYTES == 0) {
                stall = random.nextDouble() < stallShare ? 3 : 1;
            }
            double unsteady = 0.9 + 0.2 * random.nextDouble();
            nanos += (long) (pace * unsteady * stall * BLOCK_BYTES);
            if (trial.wantsMore()) {
                trial.gotMore(BLOCK_BYTES);
            }
            moreBytes += trial.wantsMore() ? BLOCK_BYTES : 0;
        }
        return (double) moreBytes / streamBytes;
    }

    private EffortTrial trial(boolean moreFirst) {
        return new EffortTrial(() -> nanos, moreFirst, 1.03);
    }

    /** As on a loopback, where LZ4 takes more than twice the time: a hundredth of the stream. */
    @Test
    void whatClearlyLosesIsHardlyTriedAgain() {
        assertThat(shareOfMore(trial(false), GIGABYTE, 1.2, 2.8)).isBetween(0.001, 0.03);
    }

    @Test
    void whatClearlyWinsHasNearlyAll() {
        assertThat(shareOfMore(trial(true), GIGABYTE, 3.2, 2.4)).isBetween(0.95, 0.999);
    }

    /** A page server whose disk is busy at times, for instance. */
    @Test
    void whatSomethingElseHoldsUpDoesNotMakeMoreEffortLookGood() {
        stallShare = 0.2;
        double shares = 0;
        for (int i = 0; i < STREAMS; i++) {
            shares += shareOfMore(trial(false), 20 * GIGABYTE, 1, 1.2);
        }
        assertThat(shares / STREAMS).isLessThan(0.02);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whichComesFirstDoesNotDecide(boolean moreFirst) {
        assertThat(shareOfMore(trial(moreFirst), 4 * GIGABYTE, 3, 2)).isGreaterThan(0.9);
        assertThat(shareOfMore(trial(moreFirst), 4 * GIGABYTE, 2, 3)).isLessThan(0.1);
    }

    /** More effort unburdens nobody then: the processors' time may be another's. */
    @Test
    void whatMakesNoDifferenceIsNotWorthMore() {
        assertThat(shareOfMore(trial(false), 4 * GIGABYTE, 2, 2)).isLessThan(0.25);
    }

    @Test
    void moreThatCannotWinIsNotTriedUntilItCan() {
        leastPaceOfMore = 2.1;
        EffortTrial trial = trial(false);
        assertThat(shareOfMore(trial, 4 * GIGABYTE, 2, 1)).isZero();
        leastPaceOfMore = 0.5;
        assertThat(shareOfMore(trial, GIGABYTE, 2, 1)).isGreaterThan(0.9);
    }

    /** As where LZ4 leaves more than the link can carry at the pace that Zstandard reaches. */
    @Test
    void lessThatCannotWinIsNotTriedUntilItCan() {
        leastPaceOfLess = 3.2;
        EffortTrial trial = trial(true);
        assertThat(shareOfMore(trial, 4 * GIGABYTE, 3.2, 2.4)).isGreaterThanOrEqualTo(1);
        assertThat(shareOfMore(trial, 4 * GIGABYTE, 3.2, 4)).isLessThan(0.1);
    }

    /** As LZ4 does for a while after Zstandard, which had let the socket's buffers run empty. */
    @Test
    void whatFillsEmptyBuffersDoesNotLookFast() {
        leastPaceOfLess = 3.2;
        EffortTrial trial = trial(true);
        shareOfMore(trial, 16 << 20, 3.31, 3.31);
        shareOfMore(trial, 17 << 20, 1.5, 3.31);
        assertThat(trial.wantsMore()).as("no more than 3 percent faster").isFalse();
        assertThat(shareOfMore(trial, GIGABYTE, 3.2, 2.7)).isGreaterThan(0.85);
    }

    /** It comes with the trial: Zstandard takes longer for it than LZ4 did for what was before. */
    @Test
    void contentThatIsHardToCompressDoesNotMakeMoreEffortLookSlow() {
        leastPaceOfLess = 3.2;
        EffortTrial trial = trial(false);
        shareOfMore(trial, 16 << 20, 3.2, 2.4);
        leastPaceOfLess = 4.9;
        assertThat(shareOfMore(trial, GIGABYTE, 4.9, 3.8)).isGreaterThan(0.9);
    }

    @Test
    void aChangeIsFoundByTheNextTrial() {
        EffortTrial trial = trial(false);
        shareOfMore(trial, 4 * GIGABYTE, 1, 2);
        shareOfMore(trial, 2 * GIGABYTE, 2, 1);
        assertThat(shareOfMore(trial, GIGABYTE, 2, 1)).isGreaterThan(0.9);
    }

    @Test
    void aBeginningWithHardlyAnyMoreEffortIsNotComparedWithLess() {
        EffortTrial trial = trial(true);
        for (int i = 0; i < 200; i++) {
            trial.next(BLOCK_BYTES, leastPaceOfLess, leastPaceOfMore);
            nanos += 2L * BLOCK_BYTES;
            assertThat(trial.wantsMore()).isTrue();
        }
        assertThat(shareOfMore(trial, 64 << 20, 2, 2)).as("now it is").isLessThan(0.9);
    }

    @Test
    void theNextStreamGoesOnWithWhatWasFoundOut() {
        EffortTrial trial = trial(false);
        shareOfMore(trial, GIGABYTE, 3, 2);
        assertThat(shareOfMore(trial.forNext(), 32 << 20, 3, 2)).isGreaterThanOrEqualTo(1);
    }

    /** Or none would ever be due in one that is short. */
    @Test
    void trialsFallDueOverManyShortStreams() {
        EffortTrial trial = trial(false);
        for (int i = 0; i < 8; i++) {
            shareOfMore(trial, 64 << 20, 3, 2);
            trial = trial.forNext();
        }
        assertThat(trial.wantsMore()).isTrue();
    }

    /** Zstandard lost once: the next session tries it again at once, not for itself alone. */
    @Test
    void oneUnluckyTrialIsNotPassedOn() {
        EffortTrial trial = trial(true);
        shareOfMore(trial, 64 << 20, 2, 4);
        assertThat(trial.wantsMore()).isFalse();
        EffortTrial next = trial.forNext();
        assertThat(next.wantsMore()).isTrue();
        shareOfMore(next, 64 << 20, 2, 4);
        assertThat(next.forNext().wantsMore()).as("lost twice").isFalse();
    }

    @Test
    void aTrialThatTheStreamsEndCutsShortHasFoundNothingOut() {
        EffortTrial trial = trial(false);
        shareOfMore(trial, GIGABYTE, 2, 3);
        do {
            shareOfMore(trial, BLOCK_BYTES, 2, 3);
        } while (!trial.wantsMore());
        assertThat(trial.forNext().wantsMore()).isFalse();
    }
}
