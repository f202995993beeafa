package io.pageproxy.cli.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When rounds have stopped to become faster. */
class SettlingTest {
    private static Settling after(long... roundNanos) {
        Settling settling = new Settling();
        for (long nanos : roundNanos) {
            settling.add(nanos);
        }
        return settling;
    }

    @Test
    void fewRoundsHaveNotSettledEvenIfAllAreEqual() {
        assertThat(after().isSettled()).isFalse();
        assertThat(after(100, 100, 100, 100, 100, 100, 100).isSettled()).isFalse();
        assertThat(after(100, 100, 100, 100, 100, 100, 100, 100).isSettled()).isTrue();
    }

    @Test
    void oneFasterRoundAmongTheLastGoesOn() {
        assertThat(after(100, 100, 100, 100, 100, 94, 100, 100).isSettled()).isFalse();
    }

    @Test
    void lessThanTheGainIsNoise() {
        assertThat(after(100, 100, 100, 100, 96, 100, 98, 97).isSettled()).isTrue();
    }

    @Test
    void fasterRoundIsComparedWithThoseAfterItOnceItIsOld() {
        assertThat(after(900, 500, 300, 200, 100, 110, 105, 99).isSettled()).isFalse();
        assertThat(after(900, 500, 300, 200, 100, 110, 105, 99, 98, 104, 97, 99).isSettled())
                .isTrue();
    }

    @Test
    void slowRoundsOfABusyHostDoNotHideTheBest() {
        assertThat(after(100, 100, 100, 100, 400, 80, 400, 400).isSettled()).isFalse();
    }
}
