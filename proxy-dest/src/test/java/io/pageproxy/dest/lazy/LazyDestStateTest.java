package io.pageproxy.dest.lazy;

import io.pageproxy.session.Transitions;
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
        Transitions.assertDrawn(from, drawn);
    }
}
