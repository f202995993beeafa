package io.pageproxy.cli.dest;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.text.LineLimit;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class StrangerLogTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(StrangerLog.class);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final Queue<Runnable> periods = new ArrayDeque<>();
    private final StrangerLog log = new StrangerLog(periods::add);

    @BeforeEach
    void listen() {
        logged.start();
        logger.addAppender(logged);
        logger.setAdditive(false);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(logged);
        logger.setAdditive(true);
    }

    @Test
    void fewStrangersAreLoggedIndividually() {
        refuse(CloseReason.PEER_NOT_TRUSTED, 2);
        periods.remove().run();

        assertThat(lines()).hasSize(2).allMatch(line -> line.contains("reason=peer_not_trusted"));
        assertThat(periods).isEmpty();
    }

    @Test
    void floodIsLoggedPartlyAndThenCountedByReason() {
        refuse(CloseReason.TUNNEL_PROTOCOL, LineLimit.LINES + 5);
        refuse(CloseReason.PEER_SILENT, 9_000);
        assertThat(lines()).hasSize(LineLimit.LINES);

        periods.remove().run();

        assertThat(lines()).hasSize(LineLimit.LINES + 1);
        assertThat(lines().get(LineLimit.LINES))
                .contains("refused more connections in 10 s", "tunnel_protocol=5")
                .contains("peer_silent=9000");
    }

    @Test
    void linesAreLoggedAgainAfterPeriod() {
        refuse(CloseReason.PEER_SILENT, LineLimit.LINES + 1);
        periods.remove().run();

        refuse(CloseReason.PEER_SILENT, 1);

        assertThat(lines()).hasSize(LineLimit.LINES + 2);
        assertThat(periods).hasSize(1);
    }

    private void refuse(CloseReason reason, int times) {
        SessionReport report =
                new SessionReport(
                        new SessionFigures(
                                Side.DESTINATION,
                                Optional.empty(),
                                Optional.empty(),
                                "192.0.2.1:9",
                                StreamTotals.NONE,
                                0,
                                0,
                                1,
                                0,
                                false,
                                CodingTotals.NONE,
                                4096,
                                Optional.empty()),
                        Outcome.failed(Side.DESTINATION, reason, "no"),
                        OptionalInt.empty());
        IntStream.range(0, times).forEach(i -> log.refused(report));
    }

    private List<String> lines() {
        return logged.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
