package io.pageproxy.process;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChildSpecTest {
    @Test
    void emptyCommandIsRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> spec(List.of(), Map.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> spec(List.of(""), Map.of()));
    }

    @Test
    void stringsWithNulAreRejected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec(List.of("true", "a\0b"), Map.of()))
                .withMessageContaining("a?b");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec(List.of("true"), Map.of("NAME", "a\0b")))
                .withMessageContaining("NAME");
    }

    @Test
    void invalidVariableNameIsRejected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec(List.of("true"), Map.of("A=B", "c")))
                .withMessageContaining("A=B");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> spec(List.of("true"), Map.of("", "c")));
    }

    private static ChildSpec spec(List<String> command, Map<String, String> environment) {
        return new ChildSpec(command, environment, Optional.empty());
    }
}
