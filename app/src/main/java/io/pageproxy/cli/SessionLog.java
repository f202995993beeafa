package io.pageproxy.cli;

import io.pageproxy.session.AuthenticatedPeer;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.MigrationResult;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import java.util.Locale;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs how sessions ended. */
public final class SessionLog {
    private static final Logger LOG = LoggerFactory.getLogger(SessionLog.class);

    private SessionLog() {}

    /** Logs the end of a session. */
    public static void logEnd(SessionReport report) {
        Outcome outcome = report.outcome();
        if (outcome.good() && report.migration().isPresent()) {
            logMigrated(report, report.migration().get());
        } else if (outcome.good()) {
            logGood(report);
        } else if (outcome.reason() == CloseReason.STOPPED_IDLE) {
            LOG.info(
                    "session ended before a dumper came, the {} was told to stop session={}",
                    outcome.side(),
                    name(report));
        } else if (report.migration().isPresent()) {
            LOG.error(
                    "migration FAILED at the {} migration={} session={} peer={} reason={}: {}{}",
                    outcome.side(),
                    migration(report),
                    name(report),
                    report.peerName().orElse("-"),
                    outcome.reason().label(),
                    outcome.message(),
                    outcome.detail().map(tail -> logTail(outcome.reason(), tail)).orElse(""));
        } else {
            LOG.error(
                    "session FAILED at the {} session={} peer={} reason={}: {}{}",
                    outcome.side(),
                    name(report),
                    report.peerName().orElse("-"),
                    outcome.reason().label(),
                    outcome.message(),
                    outcome.detail().map(tail -> logTail(outcome.reason(), tail)).orElse(""));
        }
    }

    private static void logMigrated(SessionReport report, MigrationResult result) {
        logCarried(
                report,
                "migration done migration={} session={} peer={} pid={} tasks={} restore={}",
                migration(report),
                name(report),
                report.peerName().orElse("-"),
                result.pid().isPresent() ? result.pid().getAsLong() : "-",
                result.tasks(),
                String.format(Locale.ROOT, "%.3fs", result.restoreSeconds()));
    }

    private static long wireBytes(SessionFigures figures) {
        return figures.side() == Side.SOURCE
                ? figures.wireBytesSent()
                : figures.wireBytesReceived();
    }

    private static String migration(SessionReport report) {
        return report.figures().migration().orElse("-");
    }

    private static void logGood(SessionReport report) {
        logCarried(
                report,
                "{} session={} peer={} key_agreement={}",
                report.outcome().reason() == CloseReason.PAGES_COMPLETE
                        ? "pages complete, the result of the dump is not known here:"
                        : "session done",
                name(report),
                report.peerName().orElse("-"),
                report.peer().map(AuthenticatedPeer::keyAgreement).orElse("-"));
    }

    /** Logs a message, followed by what the session has carried and where its images are. */
    private static void logCarried(SessionReport report, String message, Object... values) {
        SessionFigures figures = report.figures();
        long wireBytes = wireBytes(figures);
        Stream<Object> carried =
                Stream.of(
                        figures.totals().processes(),
                        figures.totals().pages(),
                        Quantities.mebibytes(figures.pageBytes()),
                        String.format(Locale.ROOT, "%.1f", figures.seconds()),
                        Quantities.rate(figures.pageBytes(), figures.seconds()),
                        Quantities.mebibytes(wireBytes),
                        Quantities.ratio(figures.totals().streamBytes(), wireBytes),
                        figures.lanes(),
                        report.imagesFolder().orElse("-"));
        LOG.info(
                message + " processes={} pages={} ({} in {} s, {}) wire={} ({}) lanes={} images={}",
                Stream.concat(Stream.of(values), carried).toArray());
    }

    private static String name(SessionReport report) {
        return report.session().orElse("-");
    }

    private static String logTail(CloseReason reason, String tail) {
        String whose =
                switch (reason) {
                    case DUMP_FAILED, DUMPER_LOST, DUMPER_PROTOCOL -> "dump";
                    case RESTORE_FAILED -> "restore";
                    default -> "page server";
                };
        return "\n  the " + whose + "'s log ends:\n    " + tail.replace("\n", "\n    ");
    }
}
