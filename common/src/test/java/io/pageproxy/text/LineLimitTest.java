package io.pageproxy.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LineLimitTest {
    private final Queue<Runnable> periods = new ArrayDeque<>();
    private final List<String> suppressed = new ArrayList<>();
    private final LineLimit limit =
            new LineLimit(periods::add, (causer, counts) -> suppressed.add(causer + ": " + counts));

    @Test
    void linesUpToTheLimitAreLogged() {
        assertThat(admitted("peer", "peer_lost", LineLimit.LINES)).isEqualTo(LineLimit.LINES);
        periods.remove().run();

        assertThat(suppressed).isEmpty();
        assertThat(periods).isEmpty();
    }

    @Test
    void linesOverTheLimitAreCountedByKind() {
        assertThat(admitted("peer", "peer_lost", LineLimit.LINES + 3)).isEqualTo(LineLimit.LINES);
        assertThat(admitted("peer", "checked", 9000)).isZero();
        periods.remove().run();

        assertThat(suppressed).containsExactly("peer: checked=9000 peer_lost=3");
    }

    @Test
    void eachCauserHasItsOwnLimit() {
        admitted("loud", "peer_lost", 500);

        assertThat(admitted("quiet", "peer_lost", 2)).isEqualTo(2);
        periods.remove().run();
        assertThat(suppressed).containsExactly("loud: peer_lost=480");
    }

    @Test
    void nextPeriodStartsWithFreshLimit() {
        admitted("peer", "peer_lost", 500);
        periods.remove().run();

        assertThat(admitted("peer", "peer_lost", 1)).isEqualTo(1);
        assertThat(periods).hasSize(1);
    }

    @Test
    void excessCausersShareOneLimit() {
        int causers = LineLimit.MAX_CAUSERS + 5000;
        long logged =
                IntStream.range(0, causers)
                        .filter(i -> limit.admits("peer-" + i, "peer_lost"))
                        .count();
        assertThat(logged).isEqualTo(LineLimit.MAX_CAUSERS + LineLimit.LINES);

        periods.remove().run();
        assertThat(suppressed).containsExactly(LineLimit.FURTHER + ": peer_lost=4980");
    }

    private long admitted(String causer, String kind, int times) {
        return IntStream.range(0, times).filter(i -> limit.admits(causer, kind)).count();
    }
}
