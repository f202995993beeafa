package io.pageproxy.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;

/** Compares the transitions of a state with its drawing. */
public final class Transitions {
    private Transitions() {}

    /** Asserts that a state leads to the states in that list, and to no other. */
    public static <S extends Enum<S> & SessionState<S>> void assertDrawn(S from, String drawn) {
        for (S to : from.getDeclaringClass().getEnumConstants()) {
            if (List.of(drawn.split(" ")).contains(to.name())) {
                assertThat(from.to(to)).isSameAs(to);
            } else {
                assertThatThrownBy(() -> from.to(to)).isInstanceOf(IllegalStateException.class);
            }
        }
    }
}
