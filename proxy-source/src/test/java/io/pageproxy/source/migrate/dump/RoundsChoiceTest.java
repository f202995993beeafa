package io.pageproxy.source.migrate.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whether another round of pre-dump runs, given the bytes of those before. */
class RoundsChoiceTest {
    private static final long FEW = 4 << 20;

    @Test
    void fixedNumberOfRoundsDoesNotDependOnTheirBytes() {
        RoundsChoice two = RoundsChoice.exactly(2);
        assertThat(two.another(List.of())).isTrue();
        assertThat(two.another(List.of(0L))).isTrue();
        assertThat(two.another(List.of(0L, 1L << 40))).isFalse();
        assertThat(RoundsChoice.NONE.another(List.of())).isFalse();
    }

    @Test
    void autoContinuesWhileRoundsShrinkByAQuarter() {
        assertThat(RoundsChoice.AUTO.another(List.of())).isTrue();
        assertThat(RoundsChoice.AUTO.another(List.of(100 * FEW))).isTrue();
        assertThat(RoundsChoice.AUTO.another(List.of(100 * FEW, 75 * FEW))).isTrue();
        assertThat(RoundsChoice.AUTO.another(List.of(100 * FEW, 75 * FEW + 1))).isFalse();
        assertThat(RoundsChoice.AUTO.another(List.of(100 * FEW, 200 * FEW))).isFalse();
    }

    @Test
    void autoEndsWhenTheLastRoundIsSmall() {
        assertThat(RoundsChoice.AUTO.another(List.of(100 * FEW, FEW + 1))).isTrue();
        assertThat(RoundsChoice.AUTO.another(List.of(100 * FEW, FEW))).isFalse();
        assertThat(RoundsChoice.AUTO.another(List.of(0L))).isFalse();
    }

    @Test
    void autoEndsAfterEightRounds() {
        List<Long> bytes = new ArrayList<>();
        for (long each = 1L << 40; RoundsChoice.AUTO.another(bytes); each /= 2) {
            bytes.add(each);
        }
        assertThat(bytes).hasSize(8);
    }

    @Test
    void moreThanThirtyTwoRoundsAreRejected() {
        assertThat(RoundsChoice.exactly(32).most()).isEqualTo(32);
        assertThatIllegalArgumentException().isThrownBy(() -> RoundsChoice.exactly(33));
    }
}
