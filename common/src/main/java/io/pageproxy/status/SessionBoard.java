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
 * The sessions under way, as they were when each last said so: twice a second, on its own event
 * loop. Readers take what is there, so that they cost a session nothing. Safe for all threads.
 */
public final class SessionBoard {
    private static final long PERIOD_MILLIS = 500;

    private final Set<Entry> entries = ConcurrentHashMap.newKeySet();
    private final CarriedCounters carried;

    /** An empty one, which adds to those counters what sessions carry, as they do. */
    SessionBoard(CarriedCounters carried) {
        this.carried = carried;
    }

    /** One session at one moment. */
    record Snapshot(SessionFigures figures, String state, Instant since) {
        /** Whether its stream has begun. */
        boolean carries() {
            return figures.totals().records() > 0;
        }
    }

    /** A session has begun; it is shown until it is over. */
    void begin(LiveSession session) {
        Entry entry = new Entry(session);
        entries.add(entry);
        EventLoops.tryExecute(session.loop(), entry::watch);
        Reactions.when(
                session.report(), session.loop(), entry::end, fault -> entries.remove(entry));
    }

    /** Those under way, the oldest first. */
    List<Snapshot> underWay() {
        return entries.stream()
                .map(entry -> Optional.ofNullable(entry.latest))
                .flatMap(Optional::stream)
                .sorted(Comparator.comparing(Snapshot::since))
                .toList();
    }

    /** One session's place; but for {@link #latest} to be used on its event loop. */
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
            carried.add(Optional.ofNullable(latest).map(Snapshot::figures), now);
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
