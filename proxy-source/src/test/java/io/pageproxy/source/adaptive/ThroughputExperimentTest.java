package io.pageproxy.source.adaptive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams with one time for a byte at lower levels and another at higher ones. */
class ThroughputExperimentTest {
    private static final int BLOCK_BYTES = 512 << 10;
    private static final long GIGABYTE = 1_000_000_000;

    private static final int STALL_BYTES = 8 << 20;
    private static final int STREAMS = 20;

    private final Random random = new Random(7);
    private long nanos;
    private double stallShare;
    private double stall = 1;
    private double minNanosOfLower = 0.5;
    private double minNanosOfHigher = 0.1;

    /** Share of the stream at higher levels, 0 to 1. */
    private double shareOfHigher(
            ThroughputExperiment experiment,
            long streamBytes,
            double nanosOfLower,
            double nanosOfHigher) {
        long bytesAtHigher = 0;
        for (long done = 0; done < streamBytes; done += BLOCK_BYTES) {
            experiment.onBlock(BLOCK_BYTES, minNanosOfLower, minNanosOfHigher);
            double pace = experiment.isHigher() ? nanosOfHigher : nanosOfLower;
            if (done % STALL_BYTES == 0) {
                stall = random.nextDouble() < stallShare ? 3 : 1;
            }
            double unsteady = 0.9 + 0.2 * random.nextDouble();
            nanos += (long) (pace * unsteady * stall * BLOCK_BYTES);
            if (experiment.isHigher()) {
                experiment.onHigherLevel(BLOCK_BYTES);
            }
            bytesAtHigher += experiment.isHigher() ? BLOCK_BYTES : 0;
        }
        return (double) bytesAtHigher / streamBytes;
    }

    private ThroughputExperiment experiment(boolean higherFirst) {
        return new ThroughputExperiment(() -> nanos, higherFirst, 1.03);
    }

    /** As on a loopback, where LZ4 takes more than twice the time: 1 % of the stream. */
    @Test
    void clearLoserIsHardlyTriedAgain() {
        assertThat(shareOfHigher(experiment(false), GIGABYTE, 1.2, 2.8)).isBetween(0.001, 0.03);
    }

    @Test
    void clearWinnerGetsNearlyTheWholeStream() {
        assertThat(shareOfHigher(experiment(true), GIGABYTE, 3.2, 2.4)).isBetween(0.95, 0.999);
    }

    /** A page server whose disk is busy at times, for instance. */
    @Test
    void accidentalStallsDoNotMakeHigherLevelsLookGood() {
        stallShare = 0.2;
        double shares = 0;
        for (int i = 0; i < STREAMS; i++) {
            shares += shareOfHigher(experiment(false), 20 * GIGABYTE, 1, 1.2);
        }
        assertThat(shares / STREAMS).isLessThan(0.02);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void resultDoesNotDependOnTheFirstArm(boolean higherFirst) {
        assertThat(shareOfHigher(experiment(higherFirst), 4 * GIGABYTE, 3, 2)).isGreaterThan(0.9);
        assertThat(shareOfHigher(experiment(higherFirst), 4 * GIGABYTE, 2, 3)).isLessThan(0.1);
    }

    /** Other processes may use the processor time. */
    @Test
    void higherLevelsWithoutGainAreNotUsed() {
        assertThat(shareOfHigher(experiment(false), 4 * GIGABYTE, 2, 2)).isLessThan(0.25);
    }

    @Test
    void higherLevelsAreNotTriedWhileTheyCannotWin() {
        minNanosOfHigher = 2.1;
        ThroughputExperiment experiment = experiment(false);
        assertThat(shareOfHigher(experiment, 4 * GIGABYTE, 2, 1)).isZero();
        minNanosOfHigher = 0.5;
        assertThat(shareOfHigher(experiment, GIGABYTE, 2, 1)).isGreaterThan(0.9);
    }

    /** As where LZ4 leaves more bytes than the link carries in the time that Zstandard needs. */
    @Test
    void lowerLevelsAreNotTriedWhileTheyCannotWin() {
        minNanosOfLower = 3.2;
        ThroughputExperiment experiment = experiment(true);
        assertThat(shareOfHigher(experiment, 4 * GIGABYTE, 3.2, 2.4)).isGreaterThanOrEqualTo(1);
        assertThat(shareOfHigher(experiment, 4 * GIGABYTE, 3.2, 4)).isLessThan(0.1);
    }

    /** As LZ4 does for a while after Zstandard, at which the socket's buffers ran empty. */
    @Test
    void fillingEmptyBuffersDoesNotLookFast() {
        minNanosOfLower = 3.2;
        ThroughputExperiment experiment = experiment(true);
        shareOfHigher(experiment, 16 << 20, 3.31, 3.31);
        shareOfHigher(experiment, 17 << 20, 1.5, 3.31);
        assertThat(experiment.isHigher()).as("no more than 3 percent faster").isFalse();
        assertThat(shareOfHigher(experiment, GIGABYTE, 3.2, 2.7)).isGreaterThan(0.85);
    }

    /** Such content comes with a trial: Zstandard takes longer for it than LZ4 took before. */
    @Test
    void contentThatIsHardToCompressDoesNotMakeHigherLevelsLookSlow() {
        minNanosOfLower = 3.2;
        ThroughputExperiment experiment = experiment(false);
        shareOfHigher(experiment, 16 << 20, 3.2, 2.4);
        minNanosOfLower = 4.9;
        assertThat(shareOfHigher(experiment, GIGABYTE, 4.9, 3.8)).isGreaterThan(0.9);
    }

    @Test
    void nextTrialDetectsAChange() {
        ThroughputExperiment experiment = experiment(false);
        shareOfHigher(experiment, 4 * GIGABYTE, 1, 2);
        shareOfHigher(experiment, 2 * GIGABYTE, 2, 1);
        assertThat(shareOfHigher(experiment, GIGABYTE, 2, 1)).isGreaterThan(0.9);
    }

    @Test
    void startWithFewBlocksAtHigherLevelsDoesNotCount() {
        ThroughputExperiment experiment = experiment(true);
        for (int i = 0; i < 200; i++) {
            experiment.onBlock(BLOCK_BYTES, minNanosOfLower, minNanosOfHigher);
            nanos += 2L * BLOCK_BYTES;
            assertThat(experiment.isHigher()).isTrue();
        }
        assertThat(shareOfHigher(experiment, 64 << 20, 2, 2)).as("now it is").isLessThan(0.9);
    }

    @Test
    void nextSessionStartsWithTheResult() {
        ThroughputExperiment experiment = experiment(false);
        shareOfHigher(experiment, GIGABYTE, 3, 2);
        assertThat(shareOfHigher(experiment.forNextSession(), 32 << 20, 3, 2))
                .isGreaterThanOrEqualTo(1);
    }

    /** Otherwise no trial would ever be due in a short stream. */
    @Test
    void trialsBecomeDueOverManyShortSessions() {
        ThroughputExperiment experiment = experiment(false);
        for (int i = 0; i < 8; i++) {
            shareOfHigher(experiment, 64 << 20, 3, 2);
            experiment = experiment.forNextSession();
        }
        assertThat(experiment.isHigher()).isTrue();
    }

    /** Zstandard lost once: the next session tries it again at once. */
    @Test
    void singleTrialIsNotKeptForTheNextSession() {
        ThroughputExperiment experiment = experiment(true);
        shareOfHigher(experiment, 64 << 20, 2, 4);
        assertThat(experiment.isHigher()).isFalse();
        ThroughputExperiment next = experiment.forNextSession();
        assertThat(next.isHigher()).isTrue();
        shareOfHigher(next, 64 << 20, 2, 4);
        assertThat(next.forNextSession().isHigher()).as("lost twice").isFalse();
    }

    @Test
    void trialCutShortByTheEndOfTheStreamHasNoResult() {
        ThroughputExperiment experiment = experiment(false);
        shareOfHigher(experiment, GIGABYTE, 2, 3);
        do {
            shareOfHigher(experiment, BLOCK_BYTES, 2, 3);
        } while (!experiment.isHigher());
        assertThat(experiment.forNextSession().isHigher()).isFalse();
    }
}
