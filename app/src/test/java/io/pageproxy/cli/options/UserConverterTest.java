package io.pageproxy.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class UserConverterTest {
    private final UserConverter converter = new UserConverter();

    @Test
    void usersAreNumbersOrLocalNames() throws Exception {
        assertThat(converter.convert("1000")).isEqualTo(1000);
        assertThat(converter.convert("root")).isZero();
        assertThat(converter.convert("4294967294")).isEqualTo(-2);
    }

    @Test
    void unknownUserIsRejected() {
        for (String value : new String[] {"4294967295", "9999999999", "no-such-user", "-1", ""}) {
            assertThatThrownBy(() -> converter.convert(value))
                    .isInstanceOf(TypeConversionException.class)
                    .hasMessageContaining("'" + value + "'");
        }
    }
}
