package io.pageproxy.status;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/** Counts the outcomes of sessions and the refused handshakes. Thread-safe. */
final class OutcomeCounters {
    private static final String SESSIONS = "pageproxy_sessions_total";
    private static final String REFUSED = "pageproxy_handshakes_refused_total";

    /** Number of finished sessions that are kept individually. */
    static final int REMEMBERED = 20;

    private final Side side;
    private final Map<CloseReason, LongAdder> sessions = perReason();
    private final Map<CloseReason, LongAdder> refusedHandshakes = perReason();
    private final LongAdder probes = new LongAdder();
    private final DurationHistogram durations = new DurationHistogram();
    private final MigrationMetrics migrations = new MigrationMetrics(perReason());
    private final AtomicReference<List<SessionReport>> last = new AtomicReference<>(List.of());
    private volatile Optional<Instant> lastSuccess = Optional.empty();

    OutcomeCounters(Side side) {
        this.side = side;
        refusedHandshakes.remove(CloseReason.COMPLETED);
        refusedHandshakes.remove(CloseReason.PAGES_COMPLETE);
    }

    private static Map<CloseReason, LongAdder> perReason() {
        Map<CloseReason, LongAdder> counters = new EnumMap<>(CloseReason.class);
        for (CloseReason reason : CloseReason.values()) {
            if (reason != CloseReason.PROBED) {
                counters.put(reason, new LongAdder());
            }
        }
        return counters;
    }

    /** Counts a finished session. */
    void sessionEnded(SessionReport report) {
        sessions.get(report.outcome().reason()).increment();
        if (report.totals().records() > 0) {
            durations.add(report.seconds());
        }
        migrations.ended(report);
        if (report.outcome().good()) {
            lastSuccess = Optional.of(Instant.now());
        }
        last.updateAndGet(before -> with(report, before));
    }

    private static List<SessionReport> with(SessionReport report, List<SessionReport> before) {
        List<SessionReport> after = new ArrayList<>(List.of(report));
        after.addAll(before.subList(0, Math.min(before.size(), REMEMBERED - 1)));
        return List.copyOf(after);
    }

    /** Counts a finished migration from here. */
    void migrationEnded(CloseReason reason, double downSeconds) {
        migrations.endedHere(reason, downSeconds);
    }

    /** Counts a connection that ended without an authenticated peer. */
    void handshakeRefused(CloseReason reason) {
        refusedHandshakes.get(reason).increment();
    }

    /** Counts a probe. */
    void probed() {
        probes.increment();
    }

    /** When the last successful session ended; empty if there was none. */
    Optional<Instant> lastSuccess() {
        return lastSuccess;
    }

    /** Number of finished sessions with certain reasons. */
    long ended(Predicate<CloseReason> which) {
        return sessions.entrySet().stream()
                .filter(entry -> which.test(entry.getKey()))
                .mapToLong(entry -> entry.getValue().sum())
                .sum();
    }

    /** Number of connections that ended without an authenticated peer. */
    long handshakesRefused() {
        return refusedHandshakes.values().stream().mapToLong(LongAdder::sum).sum();
    }

    /** The most recently finished sessions, newest first. */
    List<SessionReport> last() {
        return last.get();
    }

    void write(Exposition page) {
        page.family(SESSIONS, "counter", "Sessions that are over, by reason.");
        sessions.forEach(
                (reason, count) ->
                        page.sample(
                                SESSIONS,
                                count.sum(),
                                "side",
                                side.toString(),
                                "reason",
                                reason.label()));
        durations.write(
                page,
                "pageproxy_session_duration_seconds",
                "From the first byte of the stream to the end, of sessions that had one.");
        page.family(
                "pageproxy_last_success_timestamp_seconds",
                "gauge",
                "When the last successful session ended, in seconds since 1970; 0 before that.");
        page.sample(
                "pageproxy_last_success_timestamp_seconds",
                lastSuccess.map(moment -> moment.toEpochMilli() / 1e3).orElse(0.0));
        if (side == Side.SOURCE) {
            migrations.writeOfSource(page);
        } else {
            migrations.write(page);
            page.family(
                    REFUSED,
                    "counter",
                    "Connections that ended before their peer was authenticated, by reason.");
            refusedHandshakes.forEach(
                    (reason, count) -> page.sample(REFUSED, count.sum(), "reason", reason.label()));
            page.single(
                    "pageproxy_probes_total",
                    "counter",
                    "Peers that asked whether they could have a session (pageproxy check).",
                    probes.sum());
        }
    }
}
