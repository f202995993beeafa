package io.pageproxy.dest.cli;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionReport;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs who was refused at the door: some line by line, and the rest of a flood as counts, so that
 * strangers cannot fill the disk nor hide among their own lines what else is logged. Safe for all
 * threads.
 */
final class StrangerLog {
    /** So many lines in each of these times. */
    static final int LINES = 20;

    static final Duration PERIOD = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(StrangerLog.class);

    private final Consumer<Runnable> atPeriodsEnd;
    private final Map<CloseReason, Integer> unlogged = new EnumMap<>(CloseReason.class);
    private int lines;

    /**
     * A log of which nothing is written yet.
     *
     * @param atPeriodsEnd runs what it is given when {@link #PERIOD} has passed, on any thread
     */
    StrangerLog(Consumer<Runnable> atPeriodsEnd) {
        this.atPeriodsEnd = atPeriodsEnd;
    }

    synchronized void refused(SessionReport report) {
        CloseReason reason = report.outcome().reason();
        if (lines == 0) {
            atPeriodsEnd.accept(this::endPeriod);
        }
        if (lines < LINES) {
            lines++;
            LOG.warn(
                    "refused a connection from={} reason={}: {}",
                    report.peerAddress(),
                    reason.label(),
                    report.outcome().message());
        } else {
            unlogged.merge(reason, 1, Integer::sum);
        }
    }

    private synchronized void endPeriod() {
        lines = 0;
        if (unlogged.isEmpty()) {
            return;
        }
        StringJoiner counts = new StringJoiner(" ");
        unlogged.forEach((reason, count) -> counts.add(reason.label() + "=" + count));
        LOG.warn("refused more connections in {} s: {}", PERIOD.toSeconds(), counts);
        unlogged.clear();
    }
}
