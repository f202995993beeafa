package io.pageproxy.dest;

import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Joins the two sessions of a migration, that of its pages and that of its files, to one event: the
 * report of the one that ends first waits for the other. They belong together if the same peer has
 * given both the same id and the same session's name. A source that gives no id has two events.
 * Thread-safe.
 */
final class MigrationEvents {
    private final Map<Key, Event> running = new HashMap<>();

    private record Key(String id, Optional<String> session, Optional<String> peer) {}

    private static final class Event {
        private final ServedSession decider;
        private ServedSession pages; // Null if there is none.
        private SessionReport ofDecider; // Null until it is over.
        private SessionReport ofPages; // Null until it is over.

        Event(ServedSession decider) {
            this.decider = decider;
        }
    }

    private static Optional<Key> key(SessionFigures figures) {
        return figures.migration().map(id -> new Key(id, figures.session(), figures.peerName()));
    }

    /** A session begins; on its event loop. */
    synchronized void begins(ServedSession session) {
        key(session.figures()).ifPresent(key -> begins(session, key));
    }

    private void begins(ServedSession session, Key key) {
        Event event = running.get(key);
        if (session.decidesMigration()) {
            running.putIfAbsent(key, new Event(session));
        } else if (event != null && event.pages == null && event.ofDecider == null) {
            event.pages = session;
        }
    }

    /**
     * A session is over.
     *
     * @return the report of the event that has ended with it; empty if its other session goes on
     */
    synchronized Optional<SessionReport> ended(ServedSession session, SessionReport report) {
        Optional<Key> key = key(report.figures());
        Event event = key.map(running::get).orElse(null);
        if (event == null || (session != event.decider && session != event.pages)) {
            return Optional.of(report);
        }
        if (session == event.decider) {
            event.ofDecider = report;
        } else {
            event.ofPages = report;
        }
        if (event.ofDecider == null || (event.pages != null && event.ofPages == null)) {
            return Optional.empty();
        }
        running.remove(key.get());
        return Optional.of(
                event.ofPages == null ? event.ofDecider : event.ofDecider.withPages(event.ofPages));
    }
}
