package io.pageproxy.status;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Side;
import io.pageproxy.status.SessionBoard.Snapshot;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** The proxy as a whole as JSON: what the page for people shows beside the sessions. */
record StatusDocument(
        ProxyFacts facts,
        Health health,
        SessionBoard board,
        OutcomeCounters outcomes,
        CertificateDates dates,
        InstantSource clock) {

    void write(JsonGenerator json) throws IOException {
        Instant now = clock.instant();
        json.writeStartObject();
        json.writeStringField("side", facts.side().toString());
        json.writeStringField("host", ProxyFacts.host().orElse(null));
        json.writeStringField("version", facts.version());
        json.writeStringField("java", Runtime.version().toString());
        json.writeStringField("now", text(now));
        json.writeStringField("started", text(ProxyFacts.started()));
        json.writeNumberField(
                "uptime_seconds", Duration.between(ProxyFacts.started(), now).toSeconds());
        writeHealth(json);
        writeSessions(json);
        writeImages(json);
        writeCertificates(json, now);
        board.history().write(json);
        json.writeEndObject();
    }

    private void writeHealth(JsonGenerator json) throws IOException {
        Optional<String> fault = health.fault();
        json.writeObjectFieldStart("health");
        json.writeBooleanField("ok", fault.isEmpty());
        json.writeStringField("message", fault.orElse("ok"));
        json.writeEndObject();
    }

    private void writeSessions(JsonGenerator json) throws IOException {
        List<Snapshot> sessions = board.active();
        long active = sessions.stream().filter(Snapshot::isStreaming).count();
        json.writeObjectFieldStart("sessions");
        json.writeNumberField("active", active);
        json.writeNumberField("waiting", sessions.size() - active);
        json.writeNumberField("ended", outcomes.ended(reason -> true));
        json.writeNumberField("ended_ok", outcomes.ended(CloseReason::isGood));
        json.writeNumberField("ended_failed", outcomes.ended(StatusDocument::isFailure));
        json.writeStringField(
                "last_success", outcomes.lastSuccess().map(StatusDocument::text).orElse(null));
        if (facts.side() == Side.DESTINATION) {
            json.writeNumberField("handshakes_refused", outcomes.handshakesRefused());
        }
        json.writeEndObject();
    }

    /** A session that was stopped before anything depended on it is no failure. */
    private static boolean isFailure(CloseReason reason) {
        return !reason.isGood() && reason != CloseReason.STOPPED_IDLE;
    }

    private void writeImages(JsonGenerator json) throws IOException {
        Optional<ProxyFacts.Space> space = facts.space();
        if (space.isEmpty()) {
            json.writeNullField("images");
            return;
        }
        json.writeObjectFieldStart("images");
        json.writeStringField("folder", SafeText.line(space.get().path().toString()));
        json.writeNumberField("free_bytes", space.get().freeBytes());
        json.writeNumberField("total_bytes", space.get().totalBytes());
        json.writeEndObject();
    }

    private void writeCertificates(JsonGenerator json, Instant now) throws IOException {
        json.writeArrayFieldStart("certificates");
        for (CertificateDates.Validity item : dates.all()) {
            json.writeStartObject();
            json.writeStringField("kind", item.kind());
            json.writeStringField("name", SafeText.line(item.name()));
            json.writeStringField("file", SafeText.line(item.file().toString()));
            json.writeStringField("valid_from", text(item.from()));
            json.writeStringField("expires", text(item.until()));
            json.writeNumberField("seconds_left", Duration.between(now, item.until()).toSeconds());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static String text(Instant moment) {
        return moment.truncatedTo(ChronoUnit.MILLIS).toString();
    }
}
