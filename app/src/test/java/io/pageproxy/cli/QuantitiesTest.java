package io.pageproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantitiesTest {
    @ParameterizedTest
    @CsvSource({
        "0.2, 1 s left",
        "59, 59 s left",
        "60, 1 min left",
        "61, 2 min left",
        "3600, 1 h 00 min left",
        "7500, 2 h 05 min left"
    })
    void timeLeftIsRoundedUp(double seconds, String text) {
        assertThat(Quantities.timeLeft(seconds)).isEqualTo(text);
    }
}
