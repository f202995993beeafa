package io.pageproxy.cli.dest;

import io.pageproxy.cli.SessionLog;
import io.pageproxy.session.SessionReport;
import io.pageproxy.text.LineLimit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what allowed peers do, in the log and the summary. Good sessions are always told. For
 * failures and checks each peer has a limit, so that one that repeats them without end cannot fill
 * the disk; what is over it is counted. In the summary no session is left out that has carried
 * something. Safe for all threads.
 */
final class PeerLog {
    private static final String CHECKED = "checked";

    private static final Logger LOG = LoggerFactory.getLogger(PeerLog.class);

    private final LineLimit limit;
    private final Consumer<SessionReport> summary;

    /**
     * A log of which nothing is written yet.
     *
     * @param atPeriodsEnd runs what it is given when {@link LineLimit#PERIOD} has passed, on any
     *     thread
     * @param summary writes the summary of a session
     */
    PeerLog(Consumer<Runnable> atPeriodsEnd, Consumer<SessionReport> summary) {
        limit = new LineLimit(atPeriodsEnd, PeerLog::logRest);
        this.summary = summary;
    }

    /** A session is over. */
    void over(SessionReport report) {
        boolean told =
                report.outcome().good()
                        || limit.admits(
                                report.peerName().orElse("-"), report.outcome().reason().label());
        if (told) {
            SessionLog.over(report);
        }
        if (told || report.totals().records() > 0) {
            summary.accept(report);
        }
    }

    /** A peer has asked whether it could have a session. */
    void probed(String peer) {
        if (limit.admits(peer, CHECKED)) {
            LOG.info("checked by peer={}", peer);
        }
    }

    private static void logRest(String peer, String counts) {
        LOG.warn(
                "more of peer={} in {} s, not told one by one: {}",
                peer,
                LineLimit.PERIOD.toSeconds(),
                counts);
    }
}
