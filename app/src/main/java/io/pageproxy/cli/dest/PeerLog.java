package io.pageproxy.cli.dest;

import io.pageproxy.cli.SessionLog;
import io.pageproxy.session.SessionReport;
import io.pageproxy.text.LineLimit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the sessions of authenticated peers in the log and the summary. Successful sessions are
 * always reported. Failures and probes are limited per peer, so that a peer that repeats them
 * endlessly cannot fill the disk; suppressed ones are counted. The summary contains every session
 * that transferred data. Thread-safe.
 */
final class PeerLog {
    private static final String CHECKED = "checked";

    private static final Logger LOG = LoggerFactory.getLogger(PeerLog.class);

    private final LineLimit limit;
    private final Consumer<SessionReport> summary;

    /**
     * Creates an empty log.
     *
     * @param atPeriodsEnd schedules a task that runs after {@link LineLimit#PERIOD}, on any thread
     * @param summary writes the summary of a session
     */
    PeerLog(Consumer<Runnable> atPeriodsEnd, Consumer<SessionReport> summary) {
        limit = new LineLimit(atPeriodsEnd, PeerLog::logSuppressed);
        this.summary = summary;
    }

    /** Reports a finished session. */
    void sessionEnded(SessionReport report) {
        boolean told =
                report.outcome().good()
                        || limit.admits(
                                report.peerName().orElse("-"), report.outcome().reason().label());
        if (told) {
            SessionLog.logEnd(report);
        }
        if (told || report.totals().records() > 0) {
            summary.accept(report);
        }
    }

    /** Reports a probe. */
    void probed(String peer) {
        if (limit.admits(peer, CHECKED)) {
            LOG.info("checked by peer={}", peer);
        }
    }

    private static void logSuppressed(String peer, String counts) {
        LOG.warn(
                "more of peer={} in {} s, not logged one by one: {}",
                peer,
                LineLimit.PERIOD.toSeconds(),
                counts);
    }
}
