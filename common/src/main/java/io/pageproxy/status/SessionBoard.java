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

    private final Set<Entry> entries = ConcurrentHashMap.newKeySet();
    private final TrafficCounters traffic;

    /** Creates an empty board that updates the given counters. */
    SessionBoard(TrafficCounters traffic) {
        this.traffic = traffic;
    }

    /** A session at one moment. */
    record Snapshot(SessionFigures figures, String state, Instant since) {
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
            traffic.add(Optional.ofNullable(latest).map(Snapshot::figures), now);
            latest = new Snapshot(now, session.stateName(), since);
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
