package io.pageproxy.cli.dest;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Reports;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.text.CapturedLog;
import io.pageproxy.text.LineLimit;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StrangerLogTest {
    @RegisterExtension private final CapturedLog logged = new CapturedLog(StrangerLog.class);
    private final Queue<Runnable> periods = new ArrayDeque<>();
    private final StrangerLog log = new StrangerLog(periods::add);

    @Test
    void fewStrangersAreLoggedIndividually() {
        refuse(CloseReason.PEER_NOT_TRUSTED, 2);
        periods.remove().run();

        assertThat(logged.lines())
                .hasSize(2)
                .allMatch(line -> line.contains("reason=peer_not_trusted"));
        assertThat(periods).isEmpty();
    }

    @Test
    void floodIsLoggedPartlyAndThenCountedByReason() {
        refuse(CloseReason.TUNNEL_PROTOCOL, LineLimit.LINES + 5);
        refuse(CloseReason.PEER_SILENT, 9_000);
        assertThat(logged.lines()).hasSize(LineLimit.LINES);

        periods.remove().run();

        assertThat(logged.lines()).hasSize(LineLimit.LINES + 1);
        assertThat(logged.lines().get(LineLimit.LINES))
                .contains("refused more connections in 10 s", "tunnel_protocol=5")
                .contains("peer_silent=9000");
    }

    @Test
    void linesAreLoggedAgainAfterPeriod() {
        refuse(CloseReason.PEER_SILENT, LineLimit.LINES + 1);
        periods.remove().run();

        refuse(CloseReason.PEER_SILENT, 1);

        assertThat(logged.lines()).hasSize(LineLimit.LINES + 2);
        assertThat(periods).hasSize(1);
    }

    private void refuse(CloseReason reason, int times) {
        Outcome outcome = Outcome.failed(Side.DESTINATION, reason, "no");
        SessionReport report = Reports.failed(outcome, StreamTotals.NONE);
        IntStream.range(0, times).forEach(i -> log.refused(report));
    }
}
