package io.pageproxy.status;

import io.pageproxy.session.SessionFigures;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** What all sessions have carried, those under way included; only grows. Safe for all threads. */
final class CarriedCounters {
    private final Map<Carried, LongAdder> counters = new LinkedHashMap<>();

    CarriedCounters() {
        Carried.all().forEach(what -> counters.put(what, new LongAdder()));
    }

    /**
     * Adds what a session has carried since it was last asked.
     *
     * @param before what it said then; empty: it was not asked before
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
