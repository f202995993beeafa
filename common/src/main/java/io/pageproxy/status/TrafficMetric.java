package io.pageproxy.status;

import io.pageproxy.codec.BlockCodec;
import io.pageproxy.session.SessionFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * A counter of session traffic.
 *
 * @param metric the counter's name; samples of the same counter are adjacent
 * @param help the help text
 * @param labels a label and its value, or empty
 * @param value reads the counter's value of a session; never decreases
 */
record TrafficMetric(
        String metric, String help, List<String> labels, ToLongFunction<SessionFigures> value) {
    private static final String REFERENCED = "pageproxy_referenced_pages_total";
    private static final String REFERENCED_HELP =
            "Pages that crossed the network as a reference: zeros, equal to an earlier page, or as"
                    + " the difference from one.";
    private static final String WIRE = "pageproxy_wire_bytes_total";
    private static final String WIRE_HELP = "Bytes of sessions on the wire, TLS included.";

    /** All counters, in the order of the metrics page. */
    static List<TrafficMetric> all() {
        List<TrafficMetric> all = new ArrayList<>();
        all.add(
                new TrafficMetric(
                        "pageproxy_page_bytes_total",
                        "Bytes of the pages that sessions carried, uncompressed.",
                        List.of(),
                        SessionFigures::pageBytes));
        all.add(
                new TrafficMetric(
                        "pageproxy_pages_total",
                        "Pages that sessions carried.",
                        List.of(),
                        figures -> figures.totals().pages()));
        all.add(
                new TrafficMetric(
                        "pageproxy_parent_pages_total",
                        "Pages that the stream left to the parent's images.",
                        List.of(),
                        figures -> figures.totals().parentPages()));
        all.add(referenced("zero", figures -> figures.coding().zeroPages()));
        all.add(referenced("repeated", figures -> figures.coding().repeatedPages()));
        all.add(referenced("changed", figures -> figures.coding().changedPages()));
        for (BlockCodec codec : BlockCodec.values()) {
            all.add(blocks(codec.label()));
        }
        all.add(wire("sent", SessionFigures::wireBytesSent));
        all.add(wire("received", SessionFigures::wireBytesReceived));
        return all;
    }

    private static TrafficMetric referenced(String kind, ToLongFunction<SessionFigures> value) {
        return new TrafficMetric(REFERENCED, REFERENCED_HELP, List.of("kind", kind), value);
    }

    private static TrafficMetric blocks(String codec) {
        return new TrafficMetric(
                "pageproxy_blocks_total",
                "Blocks of the page stream, by how they were compressed.",
                List.of("codec", codec),
                figures -> figures.coding().blocksByCodec().getOrDefault(codec, 0L));
    }

    private static TrafficMetric wire(String direction, ToLongFunction<SessionFigures> value) {
        return new TrafficMetric(WIRE, WIRE_HELP, List.of("direction", direction), value);
    }

    long of(SessionFigures figures) {
        return value.applyAsLong(figures);
    }
}
