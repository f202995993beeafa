package io.pageproxy.dest.push;

import io.pageproxy.session.Transitions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each pair of states against the drawing of {@link PushState}. */
class PushStateTest {
    @ParameterizedTest
    @CsvSource({
        "PREPARING, READY OVER",
        "READY, STREAMING OVER",
        "STREAMING, CLOSING OVER",
        "CLOSING, CHECKING OVER",
        "CHECKING, MARKING REPORTED OVER",
        "MARKING, REPORTED OVER",
        "REPORTED, OVER",
        "OVER, ''"
    })
    void onlyDrawnTransitionsArePossible(PushState from, String drawn) {
        Transitions.assertDrawn(from, drawn);
    }
}
