package io.pageproxy.status;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.pageproxy.session.SessionJson;
import io.pageproxy.session.SessionReport;
import io.pageproxy.status.SessionBoard.Snapshot;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Optional;

/** Renders the page at each path; pages are rendered for every request. */
record StatusPages(
        Metrics metrics,
        Health health,
        SessionBoard board,
        OutcomeCounters outcomes,
        StatusDocument document,
        WebPage web) {
    static final String PATHS =
            """
            /                for people, in a browser
            /metrics         for Prometheus
            /health          200 ok, or 503 and why no session can be taken
            /status          the proxy: health, certificates, throughput, JSON
            /sessions        those under way, JSON
            /sessions/ended  the last %d that are over, JSON
            """
                    .formatted(OutcomeCounters.REMEMBERED);

    static final String TEXT = "text/plain; charset=utf-8";
    private static final String HTML = "text/html; charset=utf-8";
    private static final String JSON = "application/json";
    private static final JsonFactory FACTORY = new JsonFactory();

    /** A page: HTTP status code, content type, body and Content-Security-Policy. */
    record Page(int status, String contentType, String text, String policy) {
        Page(int status, String contentType, String text) {
            this(status, contentType, text, WebPage.NOTHING_RUNS);
        }
    }

    /** Returns the page at a path; for an unknown path, a list of the known ones. */
    Page at(String path) {
        return switch (path) {
            case "/" -> new Page(200, HTML, web.html(), web.policy());
            case "/metrics" -> new Page(200, Exposition.CONTENT_TYPE, metrics.text());
            case "/health" -> health(health.fault());
            case "/status" -> new Page(200, JSON, text(document::write));
            case "/sessions" -> new Page(200, JSON, active());
            case "/sessions/ended" -> new Page(200, JSON, ended());
            default -> new Page(404, TEXT, PATHS);
        };
    }

    private static Page health(Optional<String> fault) {
        return fault.map(why -> new Page(503, TEXT, why + "\n"))
                .orElse(new Page(200, TEXT, "ok\n"));
    }

    private String active() {
        return array(
                json -> {
                    for (Snapshot session : board.active()) {
                        SessionJson.writeActive(
                                json,
                                session.figures(),
                                session.state(),
                                session.since(),
                                session.history()::write);
                    }
                });
    }

    private String ended() {
        return array(
                json -> {
                    for (SessionReport report : outcomes.last()) {
                        SessionJson.writeFinished(json, report);
                    }
                });
    }

    private interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    private static String array(Content elements) {
        return text(
                json -> {
                    json.writeStartArray();
                    elements.write(json);
                    json.writeEndArray();
                });
    }

    private static String text(Content content) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            content.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text + "\n";
    }
}
