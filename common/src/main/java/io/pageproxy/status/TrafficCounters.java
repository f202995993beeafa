package io.pageproxy.status;

import io.pageproxy.session.SessionFigures;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** Traffic totals over all sessions, including active ones; monotonic. Thread-safe. */
final class TrafficCounters {
    private final Map<TrafficMetric, LongAdder> counters = new LinkedHashMap<>();

    TrafficCounters() {
        TrafficMetric.all().forEach(what -> counters.put(what, new LongAdder()));
    }

    /**
     * Adds a session's traffic since the previous call.
     *
     * @param before the statistics passed to the previous call; empty at the first call
     */
    void add(Optional<SessionFigures> before, SessionFigures now) {
        counters.forEach(
                (what, counter) -> counter.add(what.of(now) - before.map(what::of).orElse(0L)));
    }

    void write(Exposition page) {
        counters.forEach(
                (what, counter) -> {
                    page.family(what.metric(), "counter", what.help());
                    page.sample(what.metric(), counter.sum(), what.labels().toArray(String[]::new));
                });
    }
}
