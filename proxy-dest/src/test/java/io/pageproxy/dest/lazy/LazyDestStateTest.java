package io.pageproxy.dest.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each pair of states against the drawing of {@link LazyDestState}. */
class LazyDestStateTest {
    @ParameterizedTest
    @CsvSource({
        "PREPARING, SERVING OVER",
        "SERVING, EXITING COMPLETING OVER",
        "EXITING, COMPLETING OVER",
        "COMPLETING, RELEASING OVER",
        "RELEASING, OVER",
        "OVER, ''"
    })
    void onlyDrawnTransitionsArePossible(LazyDestState from, String drawn) {
        for (LazyDestState to : LazyDestState.values()) {
            if ((" " + drawn + " ").contains(" " + to + " ")) {
                assertThat(from.to(to)).isEqualTo(to);
            } else {
                assertThatThrownBy(() -> from.to(to)).isInstanceOf(IllegalStateException.class);
            }
        }
    }
}
