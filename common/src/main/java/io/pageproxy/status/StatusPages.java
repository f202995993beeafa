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
record StatusPages(Metrics metrics, Health health, SessionBoard board, OutcomeCounters outcomes) {
    static final String PATHS =
            """
            /metrics         for Prometheus
            /health          200 ok, or 503 and why no session can be taken
            /sessions        those under way, JSON
            /sessions/ended  the last %d that are over, JSON
            """
                    .formatted(OutcomeCounters.REMEMBERED);

    static final String TEXT = "text/plain; charset=utf-8";
    private static final String JSON = "application/json";
    private static final JsonFactory FACTORY = new JsonFactory();

    /** A page: HTTP status code, content type and body. */
    record Page(int status, String contentType, String text) {}

    /** Returns the page at a path; for an unknown path, a list of the known ones. */
    Page at(String path) {
        return switch (path) {
            case "/metrics" -> new Page(200, Exposition.CONTENT_TYPE, metrics.text());
            case "/health" -> health(health.fault());
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
                                json, session.figures(), session.state(), session.since());
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

    private interface Elements {
        void write(JsonGenerator json) throws IOException;
    }

    private static String array(Elements elements) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartArray();
            elements.write(json);
            json.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text + "\n";
    }
}
