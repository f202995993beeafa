package io.pageproxy.criu;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.posix.Capabilities;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LazyPipesTest {
    private static final Capabilities ALL = new Capabilities(-1);
    private static final Capabilities WITHOUT = ALL.without(Capabilities.SYS_RESOURCE);

    @ParameterizedTest
    @ValueSource(strings = {"4096", "1048576", "2097152"})
    void smallerPipesAreRefusedWithTheRemedy(String limit) {
        assertThatThrownBy(() -> LazyPipes.requirePossible(limit, WITHOUT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("fs.pipe-max-size is " + limit)
                .hasMessageContaining("sysctl -w fs.pipe-max-size=4194304");
    }

    @ParameterizedTest
    @ValueSource(strings = {"4194304", "8388608", "2147483648"})
    void largePipesArePossible(String limit) {
        assertThatCode(() -> LazyPipes.requirePossible(limit, WITHOUT)).doesNotThrowAnyException();
    }

    @Test
    void capabilityAllowsMoreThanTheLimit() {
        assertThatCode(() -> LazyPipes.requirePossible("1048576", ALL)).doesNotThrowAnyException();
    }
}
