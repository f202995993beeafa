package io.pageproxy.cli.dest;

import io.pageproxy.session.SessionReport;
import io.pageproxy.text.LineLimit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs refused connections: the first ones individually, and a flood only as counts, so that
 * unauthenticated peers can neither fill the disk nor bury other log messages. Thread-safe.
 */
final class StrangerLog {
    /** All strangers share one limit, because they can use many addresses and names. */
    private static final String STRANGERS = "strangers";

    private static final Logger LOG = LoggerFactory.getLogger(StrangerLog.class);

    private final LineLimit limit;

    /**
     * Creates an empty log.
     *
     * @param atPeriodsEnd schedules a task that runs after {@link LineLimit#PERIOD}, on any thread
     */
    StrangerLog(Consumer<Runnable> atPeriodsEnd) {
        limit = new LineLimit(atPeriodsEnd, (strangers, counts) -> logSuppressed(counts));
    }

    void refused(SessionReport report) {
        String reason = report.outcome().reason().label();
        if (limit.admits(STRANGERS, reason)) {
            LOG.warn(
                    "refused a connection from={} reason={}: {}",
                    report.figures().peerAddress(),
                    reason,
                    report.outcome().message());
        }
    }

    private static void logSuppressed(String counts) {
        LOG.warn("refused more connections in {} s: {}", LineLimit.PERIOD.toSeconds(), counts);
    }
}
