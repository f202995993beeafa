package io.pageproxy.status;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.pageproxy.status.SessionBoard.Snapshot;
import java.util.List;

/**
 * Renders the metrics page.
 *
 * @param facts the proxy itself
 * @param board the active sessions
 * @param traffic traffic totals
 * @param outcomes outcomes of finished sessions
 * @param dates expiry of certificates
 */
record Metrics(
        ProxyFacts facts,
        SessionBoard board,
        TrafficCounters traffic,
        OutcomeCounters outcomes,
        CertificateDates dates) {

    String text() {
        Exposition page = new Exposition();
        page.family("pageproxy_build_info", "gauge", "The program, always 1.");
        page.sample(
                "pageproxy_build_info",
                1,
                "version",
                facts.version(),
                "java",
                Runtime.version().toString(),
                "side",
                facts.side().toString());
        outcomes.write(page);
        writeActive(page, board.active());
        traffic.write(page);
        dates.write(page);
        writeProcess(page);
        return page.toString();
    }

    private void writeActive(Exposition page, List<Snapshot> sessions) {
        long active = sessions.stream().filter(Snapshot::isStreaming).count();
        page.family(
                "pageproxy_sessions_active", "gauge", "Sessions under way whose stream has begun.");
        page.sample("pageproxy_sessions_active", active, "side", facts.side().toString());
        page.family(
                "pageproxy_sessions_waiting",
                "gauge",
                "Sessions under way whose stream has not begun.");
        page.sample(
                "pageproxy_sessions_waiting",
                sessions.size() - active,
                "side",
                facts.side().toString());
    }

    private static void writeProcess(Exposition page) {
        page.family(
                "process_start_time_seconds",
                "gauge",
                "When the process began, in seconds since 1970.");
        page.sample("process_start_time_seconds", ProxyFacts.started().toEpochMilli() / 1e3);
        Runtime runtime = Runtime.getRuntime();
        page.single(
                "pageproxy_heap_used_bytes",
                "gauge",
                "Memory of the Java heap that is in use or not yet collected.",
                runtime.totalMemory() - runtime.freeMemory());
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider buffers) {
            page.single(
                    "pageproxy_buffer_memory_bytes",
                    "gauge",
                    "Memory outside the heap that the pool of buffers holds.",
                    buffers.metric().usedDirectMemory());
        }
    }
}
