package io.pageproxy.cli.dest;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.AuthenticatedPeer;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Reports;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.text.CapturedLog;
import io.pageproxy.text.LineLimit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PeerLogTest {
    private static final StreamTotals SOME = new StreamTotals(3, 1, 0, 1, 0, 4120);

    @RegisterExtension private final CapturedLog logged = new CapturedLog("io.pageproxy");
    private final Queue<Runnable> periods = new ArrayDeque<>();
    private final List<SessionReport> summary = new ArrayList<>();
    private final PeerLog log = new PeerLog(periods::add, summary::add);

    @Test
    void repeatedFailuresOfPeerAreCounted() {
        abort("web", 5000, StreamTotals.NONE);
        assertThat(logged.lines()).hasSize(LineLimit.LINES);
        assertThat(summary).hasSize(LineLimit.LINES);

        periods.remove().run();
        assertThat(logged.lines())
                .hasSize(LineLimit.LINES + 1)
                .last()
                .asString()
                .contains("peer=web", "peer_lost=4980");
    }

    @Test
    void probesAreCountedWithFailures() {
        abort("web", LineLimit.LINES, StreamTotals.NONE);
        IntStream.range(0, 700).forEach(i -> log.probed("web"));

        periods.remove().run();
        assertThat(logged.lines()).last().asString().contains("checked=700");
    }

    @Test
    void failureOfOtherPeerIsStillLogged() {
        abort("web", 5000, StreamTotals.NONE);
        abort("db", 1, StreamTotals.NONE);

        assertThat(logged.lines()).last().asString().contains("session FAILED", "peer=db");
    }

    @Test
    void summaryHasEverySessionThatTransferredData() {
        abort("web", 500, SOME);

        assertThat(logged.lines()).hasSize(LineLimit.LINES);
        assertThat(summary).hasSize(500);
    }

    @Test
    void successfulSessionsAreAlwaysLogged() {
        abort("web", 500, StreamTotals.NONE);
        log.sessionEnded(report("web", Outcome.completed(Side.DESTINATION, "whole"), SOME));

        assertThat(logged.lines()).last().asString().contains("session done");
        assertThat(summary).last().matches(report -> report.outcome().good());
    }

    private void abort(String peer, int times, StreamTotals totals) {
        Outcome outcome = Outcome.failed(Side.SOURCE, CloseReason.PEER_LOST, "gone");
        IntStream.range(0, times).forEach(i -> log.sessionEnded(report(peer, outcome, totals)));
    }

    private static SessionReport report(String peer, Outcome outcome, StreamTotals totals) {
        return Reports.of(
                Side.DESTINATION,
                Optional.empty(),
                Optional.of(new AuthenticatedPeer(peer, "suite", "group")),
                totals,
                outcome);
    }
}
