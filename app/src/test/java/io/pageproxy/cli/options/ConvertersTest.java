package io.pageproxy.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.net.HostPort;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ConvertersTest {
    @ParameterizedTest
    @CsvSource({"1ms, 1", "500ms, 500", "15, 15000", "15s, 15000", "2m, 120000", "24h, 86400000"})
    void timesAreConverted(String text, long millis) {
        assertThat(new Converters.ToDuration().convert(text)).hasMillis(millis);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "0ms",
                "-1s",
                "1.5s",
                "25h",
                "86401",
                "1d",
                "s",
                "1 s",
                "9999999999"
            })
    void invalidTimesAreReported(String text) {
        assertThatThrownBy(() -> new Converters.ToDuration().convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "4096B, 4096",
        "1k, 1024",
        "512M, 536870912",
        "512MB, 536870912",
        "512MiB, 536870912",
        "10G, 10737418240",
        "2T, 2199023255552",
        "8388607T, 9223370937343148032"
    })
    void sizesAreConvertedInPowersOf1024(String text, long bytes) {
        assertThat(new Converters.ToBytes().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "0", "0G", "-1", "1.5G", "1P", "G", "8388608T", "1 G", "1Mi", "1MM"})
    void invalidSizesAreReported(String text) {
        assertThatThrownBy(() -> new Converters.ToBytes().convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @Test
    void invalidAddressIsReported() {
        assertThat(new Converters.ToHostPort().convert("[::1]:9"))
                .isEqualTo(new HostPort("::1", 9));
        assertThatThrownBy(() -> new Converters.ToHostPort().convert("nine"))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'nine' is not HOST:PORT");
    }
}
