package io.pageproxy.status;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.pageproxy.async.Reactions;
import io.pageproxy.net.EventLoops;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The active sessions, as they last published themselves: twice a second on their own event loop.
 * Readers use these snapshots, so that they cost a session nothing. Thread-safe.
 */
final class SessionBoard {
    private static final long PERIOD_MILLIS = 500;
    private static final int HISTORY_SECONDS = 300;
    private static final int SESSION_HISTORY_SECONDS = 60;

    private final Set<Entry> entries = ConcurrentHashMap.newKeySet();
    private final TrafficCounters traffic;
    private final ThroughputHistory history =
            new ThroughputHistory(HISTORY_SECONDS, System::nanoTime);

    /** Creates an empty board that updates the given counters. */
    SessionBoard(TrafficCounters traffic) {
        this.traffic = traffic;
    }

    /** A session at one moment. */
    record Snapshot(
            SessionFigures figures, String state, Instant since, ThroughputHistory history) {
        /** Whether the page stream has started. */
        boolean isStreaming() {
            return figures.totals().records() > 0;
        }
    }

    /** Adds a session; it is listed until it ends. */
    void add(LiveSession session) {
        Entry entry = new Entry(session);
        entries.add(entry);
        EventLoops.tryExecute(session.loop(), entry::watch);
        Reactions.when(
                session.report(), session.loop(), entry::end, fault -> entries.remove(entry));
    }

    /** Number of active sessions. */
    int count() {
        return entries.size();
    }

    /** The throughput of all sessions together. */
    ThroughputHistory history() {
        return history;
    }

    /** The active sessions, oldest first. */
    List<Snapshot> active() {
        return entries.stream()
                .map(entry -> Optional.ofNullable(entry.latest))
                .flatMap(Optional::stream)
                .sorted(Comparator.comparing(Snapshot::since))
                .toList();
    }

    /**
     * One listed session. All methods run on its event loop; {@link #latest} may be read by any
     * thread.
     */
    private final class Entry {
        private final LiveSession session;
        private final Instant since = Instant.now();
        private final ThroughputHistory sessionHistory =
                new ThroughputHistory(SESSION_HISTORY_SECONDS, System::nanoTime);
        private long publishedNanos = System.nanoTime();
        private volatile Snapshot latest;
        private ScheduledFuture<?> timer;

        Entry(LiveSession session) {
            this.session = session;
        }

        void watch() {
            if (session.report().isDone()) {
                return;
            }
            EventLoop loop = session.loop();
            publish(session.figures());
            timer =
                    loop.scheduleWithFixedDelay(
                            () -> publish(session.figures()),
                            PERIOD_MILLIS,
                            PERIOD_MILLIS,
                            TimeUnit.MILLISECONDS);
        }

        private void publish(SessionFigures now) {
            Optional<SessionFigures> before = Optional.ofNullable(latest).map(Snapshot::figures);
            traffic.add(before, now);
            addToHistories(before, now);
            latest = new Snapshot(now, session.stateName(), since, sessionHistory);
        }

        private void addToHistories(Optional<SessionFigures> before, SessionFigures now) {
            long nanos = System.nanoTime();
            long pages = now.pageBytes() - before.map(SessionFigures::pageBytes).orElse(0L);
            long wire = wireBytes(now) - before.map(Entry::wireBytes).orElse(0L);
            history.add(publishedNanos, nanos, pages, wire);
            sessionHistory.add(publishedNanos, nanos, pages, wire);
            publishedNanos = nanos;
        }

        private static long wireBytes(SessionFigures figures) {
            return figures.wireBytesSent() + figures.wireBytesReceived();
        }

        void end(SessionReport report) {
            if (timer != null) {
                timer.cancel(false);
            }
            publish(report.figures());
            entries.remove(this);
        }
    }
}
