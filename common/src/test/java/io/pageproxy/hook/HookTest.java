package io.pageproxy.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HookTest {
    @ParameterizedTest
    @EnumSource(HookPhase.class)
    void eachPhaseIsReadByItsName(HookPhase phase) {
        assertThat(Hook.parse(phase.label() + "=ip addr add A=B"))
                .isEqualTo(new Hook(phase, "ip addr add A=B"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "frozen", "frozen=", "frozen= "})
    void whatIsNoHookIsRefused(String text) {
        assertThatThrownBy(() -> Hook.parse(text))
                .hasMessage("'" + text + "' is not PHASE=COMMAND");
    }

    @Test
    void unknownPhaseIsRefusedWithThoseThatThereAre() {
        assertThatThrownBy(() -> Hook.parse("thawed=true"))
                .hasMessage(
                        "'thawed' is no phase; there are before-freeze, frozen, before-resume,"
                                + " resumed, rolled-back");
    }
}
