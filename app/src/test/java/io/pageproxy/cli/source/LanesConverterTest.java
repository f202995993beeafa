package io.pageproxy.cli.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LanesConverterTest {
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 1", "4, 2", "5, 2", "6, 3", "8, 4", "9, 4", "128, 4"})
    void autoDependsOnProcessors(int processors, int lanes) {
        assertThat(LanesConverter.byProcessors(processors)).isEqualTo(lanes);
    }

    @Test
    void numbersAndAutoAreAccepted() {
        assertThat(new LanesConverter().convert("1")).isOne();
        assertThat(new LanesConverter().convert("16")).isEqualTo(16);
        assertThat(new LanesConverter().convert("auto"))
                .isEqualTo(LanesConverter.byProcessors(Runtime.getRuntime().availableProcessors()));
    }
}
