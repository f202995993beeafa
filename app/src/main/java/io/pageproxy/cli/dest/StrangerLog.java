package io.pageproxy.cli.dest;

import io.pageproxy.session.SessionReport;
import io.pageproxy.text.LineLimit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs who was refused at the door: some line by line, and the rest of a flood as counts, so that
 * strangers cannot fill the disk nor hide among their own lines what else is logged. Safe for all
 * threads.
 */
final class StrangerLog {
    /** Strangers can have many addresses and names: all share one limit. */
    private static final String STRANGERS = "strangers";

    private static final Logger LOG = LoggerFactory.getLogger(StrangerLog.class);

    private final LineLimit limit;

    /**
     * A log of which nothing is written yet.
     *
     * @param atPeriodsEnd runs what it is given when {@link LineLimit#PERIOD} has passed, on any
     *     thread
     */
    StrangerLog(Consumer<Runnable> atPeriodsEnd) {
        limit = new LineLimit(atPeriodsEnd, (strangers, counts) -> logRest(counts));
    }

    void refused(SessionReport report) {
        String reason = report.outcome().reason().label();
        if (limit.admits(STRANGERS, reason)) {
            LOG.warn(
                    "refused a connection from={} reason={}: {}",
                    report.peerAddress(),
                    reason,
                    report.outcome().message());
        }
    }

    private static void logRest(String counts) {
        LOG.warn("refused more connections in {} s: {}", LineLimit.PERIOD.toSeconds(), counts);
    }
}
