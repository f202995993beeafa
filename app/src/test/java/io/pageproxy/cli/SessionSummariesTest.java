package io.pageproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.MigrationResult;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Reports;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionSummariesTest {
    @TempDir private Path folder;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

    /** The fields of an object; those of nested objects are prefixed with {@code name.}. */
    private static Map<String, String> fields(String line) throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        try (JsonParser json = new JsonFactory().createParser(line)) {
            String inner = "";
            while (json.nextToken() != null) {
                JsonToken token = json.currentToken();
                if (token == JsonToken.START_OBJECT && json.currentName() != null) {
                    inner = json.currentName() + ".";
                } else if (token == JsonToken.END_OBJECT) {
                    inner = "";
                } else if (token.isScalarValue()) {
                    fields.put(inner + json.currentName(), json.getText());
                }
            }
        }
        return fields;
    }

    @Test
    void successfulSessionHasAllFields() throws IOException {
        assertThat(fields(SessionSummaries.json(Reports.good())))
                .containsEntry("side", "source")
                .containsEntry("session", "web/2")
                .containsEntry("zero_pages", "11")
                .containsEntry("repeated_pages", "22")
                .containsEntry("changed_pages", "33")
                .containsEntry("peer", "dest")
                .containsEntry("result", "ok")
                .containsEntry("reason", "completed")
                .containsEntry("message", "whole")
                .containsEntry("failed_side", "null")
                .containsEntry("exit_code", "0")
                .containsEntry("page_server_exit", "0")
                .containsEntry("processes", "2")
                .containsEntry("shared_memories", "1")
                .containsEntry("pages", "4096")
                .containsEntry("parent_pages", "7")
                .containsEntry("page_bytes", "16777216")
                .containsEntry("stream_bytes", "20000000")
                .containsEntry("lanes", "1")
                .containsEntry("wire_bytes_sent", "5000000")
                .containsEntry("wire_bytes_received", "300")
                .containsEntry("seconds", "2.0")
                .containsEntry("codec_blocks.lz4", "3")
                .containsEntry("images_folder", "/srv/images/web/2")
                .containsEntry("migration", "null")
                .containsEntry("started", "1970-01-01T00:00:00Z")
                .containsEntry("restored_pid", "null")
                .containsEntry("restored_tasks", "null")
                .containsEntry("restore_seconds", "null")
                .hasEntrySatisfying(
                        "ended", time -> assertThat(Instant.parse(time)).isAfter(Instant.EPOCH));
    }

    @Test
    void migrationHasWhatWasRestored() throws IOException {
        SessionReport report =
                Reports.good().ofMigration(new MigrationResult(OptionalLong.of(7), 3, 0.25));
        assertThat(fields(SessionSummaries.json(report)))
                .containsEntry("restored_pid", "7")
                .containsEntry("restored_tasks", "3")
                .containsEntry("restore_seconds", "0.25");
    }

    @Test
    void failedDumpHasItsOwnExitCode() throws IOException {
        Outcome outcome = Outcome.failed(Side.SOURCE, CloseReason.DUMP_FAILED, "exit 7");
        SessionReport good = Reports.good();
        SessionReport report =
                new SessionReport(
                        good.figures(), outcome, good.pageServerExit(), OptionalInt.of(7));
        assertThat(fields(SessionSummaries.json(report)))
                .containsEntry("result", "failed")
                .containsEntry("reason", "dump_failed")
                .containsEntry("exit_code", "7")
                .containsEntry("dumper_exit", "7");
        assertThat(Reports.failed(outcome, StreamTotals.NONE).exitCode()).isEqualTo(4);
    }

    @Test
    void pagesCompleteWithUnknownDumpResultIsMarked() throws IOException {
        SessionReport report =
                Reports.failed(Outcome.pagesComplete(Side.DESTINATION, ""), StreamTotals.NONE);
        assertThat(fields(SessionSummaries.json(report)))
                .containsEntry("result", "ok")
                .containsEntry("reason", "pages_complete")
                .containsEntry("dumper_exit", "null");
    }

    @Test
    void failureHasSideAndReasonAndOmitsUnknownFields() throws IOException {
        Outcome outcome =
                new Outcome(
                        CloseReason.NO_SPACE,
                        Side.DESTINATION,
                        "\"full\"\nup to here",
                        Optional.of("log"));
        String line = SessionSummaries.json(Reports.failed(outcome, StreamTotals.NONE));
        assertThat(line).doesNotContain("\n");
        assertThat(fields(line))
                .containsEntry("result", "failed")
                .containsEntry("reason", "no_space")
                .containsEntry("failed_side", "destination")
                .containsEntry("exit_code", "5")
                .containsEntry("message", "\"full\" up to here")
                .containsEntry("page_server_exit", "null")
                .containsEntry("session", "null")
                .containsEntry("peer", "null")
                .containsEntry("images_folder", "null");
    }

    @Test
    void sessionsAreAppendedAsOneLineEach() throws IOException {
        Path file = folder.resolve("summary");
        Files.writeString(file, "{}\n");
        SessionSummaries summaries = new SessionSummaries(file, out);
        summaries.write(Reports.good());
        summaries.write(Reports.good());
        assertThat(Files.readAllLines(file)).hasSize(3).first().isEqualTo("{}");
        assertThat(fields(Files.readAllLines(file).get(2))).containsEntry("result", "ok");
        assertThat(printed.size()).isZero();
    }

    @Test
    void hyphenIsStandardOutput() throws IOException {
        new SessionSummaries(Path.of("-"), out).write(Reports.good());
        assertThat(printed.toString(StandardCharsets.UTF_8)).startsWith("{").endsWith("}\n");
    }

    @Test
    void unwritableFileIsReportedBeforeAnySession() {
        Path missing = folder.resolve("none/summary");
        assertThatThrownBy(() -> new SessionSummaries(missing, out))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("--summary " + missing);
    }
}
