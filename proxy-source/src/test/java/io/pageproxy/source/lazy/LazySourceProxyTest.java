package io.pageproxy.source.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Reports;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.SessionEnd;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class LazySourceProxyTest {
    private static final StreamTotals SOME = new StreamTotals(4120, 1, 1, 0, 1, 0);
    private static final int PEER_LOST = 6;

    private final Queue<SessionEnd> ends = new ArrayDeque<>();
    private final List<Integer> numbers = new ArrayList<>();

    /** Stops the proxy after the last scripted end, as a signal would. */
    private final class Scripted implements LazySourceProxy.Session {
        @Override
        public SessionEnd run() {
            SessionEnd end = ends.remove();
            if (ends.isEmpty()) {
                proxy.stop();
            }
            return end;
        }

        @Override
        public void stop() {
            // It is over.
        }
    }

    private LazySourceProxy proxy = proxy(false);

    private LazySourceProxy proxy(boolean once) {
        return new LazySourceProxy(
                once,
                number -> {
                    numbers.add(number);
                    return new Scripted();
                });
    }

    @Test
    void sessionsFollowOneAnotherWithIncreasingNumbers() throws InterruptedException {
        ends.addAll(List.of(good(), good(), good()));

        assertThat(proxy.run()).isZero();
        assertThat(numbers).containsExactly(1, 2, 3);
    }

    @Test
    void numberOfAnEmptySessionIsReused() throws InterruptedException {
        ends.addAll(List.of(good(), failed(true, StreamTotals.NONE), good()));

        assertThat(proxy.run()).isEqualTo(PEER_LOST);
        assertThat(numbers).containsExactly(1, 2, 2);
    }

    @Test
    void exitCodeIsThatOfTheFirstFailure() throws InterruptedException {
        ends.addAll(List.of(good(), failed(true, SOME), good()));

        assertThat(proxy.run()).isEqualTo(PEER_LOST);
    }

    @Test
    void onceRunsOneSession() throws InterruptedException {
        proxy = proxy(true);
        ends.addAll(List.of(good(), good()));

        assertThat(proxy.run()).isZero();
        assertThat(numbers).containsExactly(1);
    }

    @Test
    void destinationThatNeverAcceptedIsAnError() throws InterruptedException {
        ends.addAll(List.of(failed(false, StreamTotals.NONE), good()));

        assertThat(proxy.run()).isEqualTo(PEER_LOST);
        assertThat(numbers).containsExactly(1);
    }

    @Test
    void destinationThatHadAcceptedIsDialledAgain() throws InterruptedException {
        ends.addAll(List.of(good(), failed(false, StreamTotals.NONE), good()));

        assertThat(proxy.run()).isZero();
        assertThat(numbers).containsExactly(1, 2, 2);
    }

    private static SessionEnd good() {
        return end(true, Outcome.completed(Side.SOURCE, "all there"), SOME);
    }

    private static SessionEnd failed(boolean accepted, StreamTotals totals) {
        return end(accepted, Outcome.failed(Side.SOURCE, CloseReason.PEER_LOST, "gone"), totals);
    }

    private static SessionEnd end(boolean accepted, Outcome outcome, StreamTotals totals) {
        SessionReport report =
                Reports.of(Side.SOURCE, Optional.of("web"), Optional.empty(), totals, outcome);
        return new SessionEnd(accepted, report, Optional.empty());
    }
}
