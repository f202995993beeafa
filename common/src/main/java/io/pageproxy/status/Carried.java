package io.pageproxy.status;

import io.pageproxy.codec.BlockCodec;
import io.pageproxy.session.SessionFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * One thing that sessions carry, and how it is called.
 *
 * @param metric the counter's name; those of one counter stand together
 * @param help what it counts
 * @param labels a label and its value, or nothing
 * @param value how much of it a session has carried; never falls
 */
record Carried(
        String metric, String help, List<String> labels, ToLongFunction<SessionFigures> value) {
    private static final String REFERENCED = "pageproxy_referenced_pages_total";
    private static final String REFERENCED_HELP =
            "Pages that crossed the network as a reference: zeros, equal to an earlier page, or as"
                    + " the difference from one.";
    private static final String WIRE = "pageproxy_wire_bytes_total";
    private static final String WIRE_HELP = "Bytes of sessions on the wire, TLS included.";

    /** All, in the order of the page. */
    static List<Carried> all() {
        List<Carried> all = new ArrayList<>();
        all.add(
                new Carried(
                        "pageproxy_page_bytes_total",
                        "Bytes of the pages that sessions carried, uncompressed.",
                        List.of(),
                        SessionFigures::pageBytes));
        all.add(
                new Carried(
                        "pageproxy_pages_total",
                        "Pages that sessions carried.",
                        List.of(),
                        figures -> figures.totals().pages()));
        all.add(
                new Carried(
                        "pageproxy_parent_pages_total",
                        "Pages that were said to be in the parent's images.",
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

    private static Carried referenced(String kind, ToLongFunction<SessionFigures> value) {
        return new Carried(REFERENCED, REFERENCED_HELP, List.of("kind", kind), value);
    }

    private static Carried blocks(String codec) {
        return new Carried(
                "pageproxy_blocks_total",
                "Blocks of the page stream, by how they were compressed.",
                List.of("codec", codec),
                figures -> figures.coding().blocksByCodec().getOrDefault(codec, 0L));
    }

    private static Carried wire(String direction, ToLongFunction<SessionFigures> value) {
        return new Carried(WIRE, WIRE_HELP, List.of("direction", direction), value);
    }

    long of(SessionFigures figures) {
        return value.applyAsLong(figures);
    }
}
