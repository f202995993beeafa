package io.pageproxy.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class MemoryConverterTest {
    private final MemoryConverter converter = new MemoryConverter();

    @Test
    void sizeIsInBytesAndNoneIsZero() {
        assertThat(converter.convert("96M")).isEqualTo(96L << 20);
        assertThat(converter.convert("4G")).isEqualTo(4L << 30);
        assertThat(converter.convert("none")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1023K", "5G", "0", "-1M", "much", ""})
    void invalidValueIsReported(String value) {
        assertThatThrownBy(() -> converter.convert(value))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'" + value + "' is not a size from 1M to 4G, nor none");
    }
}
