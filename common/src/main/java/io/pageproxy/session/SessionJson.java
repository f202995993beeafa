package io.pageproxy.session;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Writes sessions as JSON objects, with the same field names in the summary and the status. */
public final class SessionJson {
    private static final String FAILED = "failed";

    private SessionJson() {}

    /** Writes fields of an object. */
    public interface Fields {
        /** Writes them. */
        void write(JsonGenerator json) throws IOException;
    }

    /** Writes a finished session. */
    public static void writeFinished(JsonGenerator json, SessionReport report) throws IOException {
        Outcome outcome = report.outcome();
        json.writeStartObject();
        writeParties(json, report.figures());
        json.writeStringField("result", result(outcome));
        json.writeStringField("reason", outcome.reason().label());
        json.writeStringField("message", outcome.message());
        json.writeStringField(
                "failed_side", result(outcome).equals(FAILED) ? outcome.side().toString() : null);
        json.writeNumberField("exit_code", report.exitCode());
        writeExit(json, "page_server_exit", report.pageServerExit());
        writeExit(json, "dumper_exit", report.dumperExit());
        writeTime(json, "started", report.figures().started());
        writeTime(json, "ended", report.ended());
        writeRestored(json, report.migration());
        writeFigures(json, report.figures());
        json.writeEndObject();
    }

    /**
     * A session that was told to stop before its dumper came has neither moved nor lost anything.
     */
    private static String result(Outcome outcome) {
        if (outcome.reason() == CloseReason.STOPPED_IDLE) {
            return "unused";
        }
        return outcome.good() ? "ok" : FAILED;
    }

    private static void writeTime(JsonGenerator json, String name, Instant time)
            throws IOException {
        json.writeStringField(name, time.truncatedTo(ChronoUnit.MILLIS).toString());
    }

    private static void writeRestored(JsonGenerator json, Optional<MigrationResult> migration)
            throws IOException {
        Optional<MigrationResult> restored = migration.filter(result -> result.tasks() > 0);
        OptionalLong pid = migration.map(MigrationResult::pid).orElse(OptionalLong.empty());
        json.writeObjectField("restored_pid", pid.isPresent() ? pid.getAsLong() : null);
        json.writeObjectField("restored_tasks", restored.map(MigrationResult::tasks).orElse(null));
        json.writeObjectField(
                "restore_seconds",
                restored.map(result -> Math.round(result.restoreSeconds() * 1e6) / 1e6)
                        .orElse(null));
    }

    private static void writeExit(JsonGenerator json, String name, OptionalInt exit)
            throws IOException {
        if (exit.isPresent()) {
            json.writeNumberField(name, exit.getAsInt());
        } else {
            json.writeNullField(name);
        }
    }

    /**
     * Writes an active session.
     *
     * @param state the session's state, one word
     * @param since when the session started
     * @param more writes further fields
     */
    public static void writeActive(
            JsonGenerator json, SessionFigures figures, String state, Instant since, Fields more)
            throws IOException {
        json.writeStartObject();
        writeParties(json, figures);
        json.writeStringField("peer_address", figures.peerAddress());
        json.writeStringField("state", state);
        writeTime(json, "since", since);
        writeFigures(json, figures);
        more.write(json);
        json.writeEndObject();
    }

    private static void writeParties(JsonGenerator json, SessionFigures figures)
            throws IOException {
        json.writeStringField("side", figures.side().toString());
        json.writeStringField("session", figures.session().orElse(null));
        json.writeStringField("migration", figures.migration().orElse(null));
        json.writeStringField("peer", figures.peerName().orElse(null));
        json.writeStringField(
                "cipher_suite", figures.peer().map(AuthenticatedPeer::cipherSuite).orElse(null));
        json.writeStringField(
                "key_agreement", figures.peer().map(AuthenticatedPeer::keyAgreement).orElse(null));
    }

    private static void writeFigures(JsonGenerator json, SessionFigures figures)
            throws IOException {
        json.writeNumberField("processes", figures.totals().processes());
        json.writeNumberField("shared_memories", figures.totals().sharedMemories());
        json.writeNumberField("pages", figures.totals().pages());
        json.writeNumberField("parent_pages", figures.totals().parentPages());
        json.writeNumberField("page_bytes", figures.pageBytes());
        json.writeNumberField("zero_pages", figures.coding().zeroPages());
        json.writeNumberField("repeated_pages", figures.coding().repeatedPages());
        json.writeNumberField("changed_pages", figures.coding().changedPages());
        json.writeNumberField("stream_bytes", figures.totals().streamBytes());
        json.writeNumberField("wire_bytes_sent", figures.wireBytesSent());
        json.writeNumberField("wire_bytes_received", figures.wireBytesReceived());
        json.writeNumberField("lanes", figures.lanes());
        json.writeNumberField("seconds", Math.round(figures.seconds() * 1e6) / 1e6);
        json.writeObjectFieldStart("codec_blocks");
        for (Map.Entry<String, Long> blocks : figures.coding().blocksByCodec().entrySet()) {
            json.writeNumberField(blocks.getKey(), blocks.getValue());
        }
        json.writeEndObject();
        json.writeStringField("images_folder", figures.imagesFolder().orElse(null));
    }
}
