package io.pageproxy.status;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.pageproxy.status.SessionBoard.Snapshot;
import java.util.List;

/**
 * Renders the metrics page.
 *
 * @param facts the proxy itself
 * @param health whether it can take sessions
 * @param board the active sessions
 * @param traffic traffic totals
 * @param outcomes outcomes of finished sessions
 * @param dates expiry of certificates
 */
record Metrics(
        ProxyFacts facts,
        Health health,
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
        writeHealth(page);
        writeSpace(page);
        writeProcess(page);
        return page + RuntimeMetrics.text();
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

    private void writeHealth(Exposition page) {
        page.single(
                "pageproxy_healthy",
                "gauge",
                "1 if /health says ok: sessions can be taken; else 0.",
                health.fault().isEmpty() ? 1 : 0);
    }

    private void writeSpace(Exposition page) {
        facts.space()
                .ifPresent(
                        space -> {
                            page.single(
                                    "pageproxy_images_free_bytes",
                                    "gauge",
                                    "Free space of the file system that has the images folder.",
                                    space.freeBytes());
                            page.single(
                                    "pageproxy_images_size_bytes",
                                    "gauge",
                                    "Size of the file system that has the images folder.",
                                    space.totalBytes());
                        });
    }

    private static void writeProcess(Exposition page) {
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
