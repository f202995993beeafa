package io.pageproxy.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTest {
    private static Spread of(Double... numbers) {
        return Spread.of(List.of(numbers), number -> number);
    }

    @Test
    void singleNumberIsMinMedianAndMax() {
        assertThat(of(7.0)).isEqualTo(new Spread(7, 7, 7));
    }

    @Test
    void medianOfOddCountIsMiddleNumber() {
        assertThat(of(9.0, 1.0, 2.0)).isEqualTo(new Spread(1, 2, 9));
    }

    @Test
    void medianOfEvenCountIsMeanOfMiddleNumbers() {
        assertThat(of(8.0, 1.0, 3.0, 2.0)).isEqualTo(new Spread(1, 2.5, 8));
    }

    @Test
    void emptyListIsRejected() {
        assertThatThrownBy(SpreadTest::of)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("nothing was measured");
    }
}
