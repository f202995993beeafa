package io.pageproxy.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.pageproxy.session.AuthenticatedPeer;
import io.pageproxy.session.SessionReport;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

/** Writes one JSON object a session, a line each: {@code --summary FILE}, or {@code -}. */
public final class SessionSummaries {
    private static final JsonFactory JSON = new JsonFactory();

    private final Path file;
    private final PrintStream out;

    /**
     * Summaries to a file, which is appended to.
     *
     * @param file {@code -} for standard output
     * @throws IOException that names the file where it cannot be written
     */
    public SessionSummaries(Path file, PrintStream out) throws IOException {
        this.file = file;
        this.out = out;
        if (!toStandardOutput()) {
            new AppendedFile("--summary", file).append("");
        }
    }

    private boolean toStandardOutput() {
        return file.toString().equals("-");
    }

    /**
     * Writes one; may be called from any thread.
     *
     * @throws UncheckedIOException where the file cannot be written
     */
    public synchronized void write(SessionReport report) {
        try {
            String line = json(report) + "\n";
            if (toStandardOutput()) {
                out.print(line);
                out.flush();
            } else {
                new AppendedFile("--summary", file).append(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String json(SessionReport report) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("side", report.side().toString());
            json.writeStringField("session", report.session().orElse(null));
            json.writeStringField("peer", report.peerName().orElse(null));
            json.writeStringField(
                    "cipher_suite", report.peer().map(AuthenticatedPeer::cipherSuite).orElse(null));
            json.writeStringField(
                    "key_agreement",
                    report.peer().map(AuthenticatedPeer::keyAgreement).orElse(null));
            json.writeStringField("result", report.outcome().good() ? "ok" : "failed");
            json.writeStringField("reason", report.outcome().reason().label());
            json.writeStringField("message", report.outcome().message());
            json.writeStringField(
                    "failed_side",
                    report.outcome().good() ? null : report.outcome().side().toString());
            json.writeNumberField("exit_code", report.outcome().reason().exitCode());
            if (report.pageServerExit().isPresent()) {
                json.writeNumberField("page_server_exit", report.pageServerExit().getAsInt());
            } else {
                json.writeNullField("page_server_exit");
            }
            writeCounts(json, report);
            json.writeStringField("images_folder", report.imagesFolder().orElse(null));
            json.writeEndObject();
        }
        return text.toString();
    }

    private static void writeCounts(JsonGenerator json, SessionReport report) throws IOException {
        json.writeNumberField("processes", report.totals().processes());
        json.writeNumberField("shared_memories", report.totals().sharedMemories());
        json.writeNumberField("pages", report.totals().pages());
        json.writeNumberField("parent_pages", report.totals().parentPages());
        json.writeNumberField("page_bytes", report.pageBytes());
        json.writeNumberField("zero_pages", report.coding().zeroPages());
        json.writeNumberField("repeated_pages", report.coding().repeatedPages());
        json.writeNumberField("changed_pages", report.coding().changedPages());
        json.writeNumberField("stream_bytes", report.totals().streamBytes());
        json.writeNumberField("wire_bytes_sent", report.wireBytesSent());
        json.writeNumberField("wire_bytes_received", report.wireBytesReceived());
        json.writeNumberField("lanes", report.lanes());
        json.writeNumberField("seconds", Math.round(report.seconds() * 1e6) / 1e6);
        json.writeObjectFieldStart("codec_blocks");
        for (Map.Entry<String, Long> blocks : report.coding().blocksByCodec().entrySet()) {
            json.writeNumberField(blocks.getKey(), blocks.getValue());
        }
        json.writeEndObject();
    }
}
