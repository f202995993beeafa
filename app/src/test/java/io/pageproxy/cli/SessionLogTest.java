package io.pageproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.MigrationResult;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Reports;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.text.CapturedLog;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SessionLogTest {
    @RegisterExtension private final CapturedLog logged = new CapturedLog(SessionLog.class);

    private ILoggingEvent logEnd(SessionReport report) {
        SessionLog.logEnd(report);
        assertThat(logged.events()).hasSize(1);
        return logged.events().get(0);
    }

    @Test
    void successfulSessionIsOneLineOfTotals() {
        ILoggingEvent line = logEnd(Reports.good());
        assertThat(line.getLevel()).isEqualTo(Level.INFO);
        assertThat(line.getFormattedMessage())
                .contains(
                        "session=web/2",
                        "peer=dest",
                        "key_agreement=X25519MLKEM768",
                        "processes=2",
                        "pages=4096 (16.0 MiB in 2.0 s, 8 MB/s)",
                        "wire=4.8 MiB (4.0:1)",
                        " lanes=1 ",
                        "images=/srv/images/web/2");
    }

    @Test
    void migrationSaysWhatWasRestored() {
        MigrationResult result = new MigrationResult(OptionalLong.of(7), 3, 0.25);
        assertThat(logEnd(Reports.good().ofMigration(result)).getFormattedMessage())
                .startsWith("migration done migration=- session=web/2")
                .contains(" pid=7 tasks=3 restore=0.250s ", "pages=4096");
    }

    @Test
    void migrationWithoutARestoreSaysSo() {
        MigrationResult result = new MigrationResult(OptionalLong.empty(), 0, 0);
        assertThat(logEnd(Reports.good().ofMigration(result)).getFormattedMessage())
                .contains(" pid=- tasks=0 ");
    }

    @Test
    void severalLanesAreLogged() {
        assertThat(logEnd(Reports.good(3)).getFormattedMessage()).contains(" lanes=3 ");
    }

    @Test
    void failureIsErrorWithSideReasonAndLogTail() {
        Outcome outcome =
                new Outcome(CloseReason.NO_SPACE, Side.DESTINATION, "full", Optional.of("a\nb"));
        ILoggingEvent line = logEnd(Reports.failed(outcome, StreamTotals.NONE));
        assertThat(line.getLevel()).isEqualTo(Level.ERROR);
        assertThat(line.getFormattedMessage())
                .contains("FAILED at the destination", "session=-", "reason=no_space: full")
                .endsWith("\n    a\n    b");
    }

    @Test
    void stopWhileIdleIsNoError() {
        Outcome stopped = Outcome.failed(Side.SOURCE, CloseReason.STOPPED_IDLE, "told to stop");
        assertThat(logEnd(Reports.failed(stopped, StreamTotals.NONE)).getLevel())
                .isEqualTo(Level.INFO);
    }

    @Test
    void stopWhileInUseIsErrorEvenBeforeFirstRecord() {
        Outcome stopped = Outcome.failed(Side.SOURCE, CloseReason.SHUTDOWN, "told to stop");
        assertThat(logEnd(Reports.failed(stopped, StreamTotals.NONE)).getLevel())
                .isEqualTo(Level.ERROR);
    }

    @Test
    void pagesCompleteWithUnknownDumpResultIsNotLoggedAsDone() {
        Outcome pages = Outcome.pagesComplete(Side.DESTINATION, "pages complete");
        ILoggingEvent line = logEnd(Reports.failed(pages, StreamTotals.NONE));
        assertThat(line.getLevel()).isEqualTo(Level.INFO);
        assertThat(line.getFormattedMessage())
                .contains("pages complete")
                .doesNotContain("session done");
    }
}
