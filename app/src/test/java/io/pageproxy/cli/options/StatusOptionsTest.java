package io.pageproxy.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class StatusOptionsTest {
    private final StatusOptions.ToStatusAddress converter = new StatusOptions.ToStatusAddress();

    @ParameterizedTest
    @CsvSource({
        "9100, 127.0.0.1:9100",
        ":9100, 127.0.0.1:9100",
        "0, 127.0.0.1:0",
        "127.0.0.1:9100, 127.0.0.1:9100",
        "[::1]:9100, [::1]:9100",
        "0.0.0.0:9100, 0.0.0.0:9100",
        "unix:/run/status.sock, unix:/run/status.sock",
    })
    void portAloneIsOnLoopback(String value, String address) {
        assertThat(converter.convert(value)).hasToString(address);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", "localhost", "65536", "127.0.0.1:x", "::1", "-1", "unix:"})
    void invalidAddressIsReportedWithCorrectForm(String value) {
        assertThatThrownBy(() -> converter.convert(value))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'" + value);
    }
}
