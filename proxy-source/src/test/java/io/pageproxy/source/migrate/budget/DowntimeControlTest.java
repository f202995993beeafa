package io.pageproxy.source.migrate.budget;

import static io.pageproxy.source.migrate.budget.FreezePredictionTest.round;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pageproxy.source.migrate.budget.DowntimeControl.Decision;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a migration with a budget freezes its tree, and when it throttles it or gives up. */
class DowntimeControlTest {
    private static final long MIB = 1 << 20;

    private final CountingThrottle throttle = new CountingThrottle();
    private final List<PastRound> rounds = new ArrayList<>();

    private double copySeconds;

    @Test
    void firstRoundIsNeverLeftOut() throws IOException {
        DowntimeControl control = control(1000, 1, NoConvergence.ABORT);
        assertThat(control.decide(rounds, 0)).isEqualTo(Decision.ROUND);
        assertThat(control.report().predictedSeconds()).isEmpty();
    }

    @Test
    void predictionThatFitsFreezes() throws IOException {
        DowntimeControl control = control(2000, 9, NoConvergence.ABORT);
        rounds.add(round(MIB, 0, 1, 0.1));
        assertThat(control.decide(rounds, 1)).isEqualTo(Decision.FREEZE);
        assertThat(control.report().predictedSeconds().orElseThrow()).isBetween(1.1, 1.3);
        assertThat(control.report().maxSeconds()).isEqualTo(2);
    }

    @Test
    void lastCopyOfFilesCountsAgainstTheBudget() throws IOException {
        copySeconds = 1;
        DowntimeControl control = control(2000, 9, NoConvergence.ABORT);
        rounds.add(round(MIB, 0, 1, 0.1));
        assertThat(control.decide(rounds, 1)).isEqualTo(Decision.ROUND);
        assertThat(control.report().predictedSeconds().orElseThrow()).isBetween(2.1, 2.3);
    }

    @Test
    void shrinkingRoundsAreNotThrottled() throws IOException {
        DowntimeControl control = control(10, 9, NoConvergence.ABORT);
        rounds.add(round(100 * MIB, 0, 10, 0.1));
        assertThat(control.decide(rounds, 10)).isEqualTo(Decision.ROUND);
        rounds.add(round(75 * MIB, 10, 8, 0.1));
        assertThat(control.decide(rounds, 18)).isEqualTo(Decision.ROUND);
        assertThat(throttle.percents()).isEmpty();
    }

    @Test
    void eachRoundThatDoesNotShrinkThrottlesOnce() throws IOException {
        DowntimeControl control = control(10, 9, NoConvergence.ABORT);
        rounds.add(round(100 * MIB, 0, 10, 0.1));
        rounds.add(round(75 * MIB + 1, 10, 8, 0.1));
        assertThat(control.decide(rounds, 18)).isEqualTo(Decision.ROUND);
        rounds.add(round(75 * MIB, 18, 8, 0.1));
        assertThat(control.decide(rounds, 26)).isEqualTo(Decision.ROUND);
        assertThat(control.report().throttlePercents()).containsExactly(1, 2);
    }

    @Test
    void lastRoundWithoutConvergenceAbortsWithTheFigures() throws IOException {
        DowntimeControl control = control(10, 2, NoConvergence.ABORT);
        rounds.add(round(100 * MIB, 0, 10, 0.1));
        rounds.add(round(100 * MIB, 10, 10, 0.1));
        assertThat(control.decide(rounds, 20)).isEqualTo(Decision.ABORT);
        assertThat(throttle.percents()).isEmpty();
        assertThat(control.whyAborted())
                .startsWith("--max-downtime 0.010 s is not reached after 2 rounds: down for about")
                .contains("100.0 MiB dirty at 10.0 MiB/s")
                .doesNotContain("throttled by");
    }

    @Test
    void abortNamesTheSteps() throws IOException {
        DowntimeControl control = control(10, 3, NoConvergence.ABORT);
        rounds.add(round(100 * MIB, 0, 10, 0.1));
        rounds.add(round(100 * MIB, 10, 10, 0.1));
        control.decide(rounds, 20);
        assertThat(control.whyAborted()).contains(", throttled by [1] %; ");
    }

    @Test
    void lastRoundWithoutConvergenceFreezesIfToldSo() throws IOException {
        DowntimeControl control = control(10, 1, NoConvergence.STOP);
        rounds.add(round(100 * MIB, 0, 10, 0.1));
        assertThat(control.decide(rounds, 10)).isEqualTo(Decision.FREEZE);
    }

    @Test
    void roundsThatDoNotShrinkTurnLazyOnceTheThrottleHasNoStepLeft() throws IOException {
        DowntimeControl control = control(10, 9, NoConvergence.LAZY);
        rounds.add(round(100 * MIB, 0, 10, 0.1));
        assertThat(control.decide(rounds, 10)).isEqualTo(Decision.ROUND);
        rounds.add(round(100 * MIB, 10, 10, 0.1));
        assertThat(control.decide(rounds, 20)).isEqualTo(Decision.ROUND);
        throttle.exhausted = true;
        rounds.add(round(100 * MIB, 20, 10, 0.1));
        assertThat(control.decide(rounds, 30)).isEqualTo(Decision.TURN_LAZY);
        assertThat(control.report().predictedSeconds().orElseThrow()).isLessThan(1);
        assertThat(control.report().throttlePercents()).containsExactly(1);
    }

    @Test
    void lastRoundTurnsLazyIfToldSo() throws IOException {
        DowntimeControl control = control(10, 1, NoConvergence.LAZY);
        rounds.add(round(100 * MIB, 0, 10, 0.1));
        assertThat(control.decide(rounds, 10)).isEqualTo(Decision.TURN_LAZY);
    }

    @Test
    void budgetWithoutTimeOrRoundsIsRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> control(0, 1, NoConvergence.STOP));
        assertThatIllegalArgumentException().isThrownBy(() -> control(-1, 1, NoConvergence.STOP));
        assertThatIllegalArgumentException().isThrownBy(() -> control(1, 0, NoConvergence.STOP));
    }

    @Test
    void withoutAThrottleNothingIsTaken() throws IOException {
        try (Throttle none = Throttle.NONE) {
            none.beforeLastDump();
            assertThat(none.more()).isFalse();
            assertThat(none.percents()).isEmpty();
        }
    }

    private DowntimeControl control(long millis, int rounds, NoConvergence otherwise) {
        return new DowntimeControl(
                new DowntimeBudget(Duration.ofMillis(millis), rounds, true, otherwise),
                throttle,
                () -> copySeconds);
    }

    private static final class CountingThrottle implements Throttle {
        private final List<Integer> steps = new ArrayList<>();
        private boolean exhausted;

        @Override
        public boolean more() {
            return !exhausted && steps.add(steps.size() + 1);
        }

        @Override
        public List<Integer> percents() {
            return List.copyOf(steps);
        }

        @Override
        public void beforeLastDump() {}

        @Override
        public void close() {}
    }
}
