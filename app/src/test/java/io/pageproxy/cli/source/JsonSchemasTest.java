package io.pageproxy.cli.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.pageproxy.certificate.TlsMaterial;
import io.pageproxy.cli.JsonLogEncoder;
import io.pageproxy.cli.task.MigrationReporter;
import io.pageproxy.net.Endpoint;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.MigrationResult;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Reports;
import io.pageproxy.session.SessionJson;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.migrate.MigrationReport;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import io.pageproxy.source.migrate.MigrationReport.Round;
import io.pageproxy.source.migrate.MigrationReport.Times;
import io.pageproxy.source.migrate.budget.BudgetReport;
import io.pageproxy.source.migrate.sync.SyncReport;
import io.pageproxy.status.HeldSession;
import io.pageproxy.status.ProxyFacts;
import io.pageproxy.status.Status;
import io.pageproxy.tls.TestMaterial;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds the published JSON schemas to what the program writes, and to the documents. */
@Timeout(60)
class JsonSchemasTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path REFERENCE = root().resolve("docs/reference");
    private static final SchemaRegistry SCHEMAS =
            SchemaRegistry.withDefaultDialect(
                    SpecificationVersion.DRAFT_2020_12,
                    registry -> registry.schemas(uri -> read(Path.of(URI.create(uri)))));

    @TempDir Path folder;

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("SECURITY.md"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file(String schema) {
        return REFERENCE.resolve("schemas").resolve(schema + ".schema.json");
    }

    private static List<?> faults(String schema, String json) {
        return SCHEMAS.getSchema(SchemaLocation.of(file(schema).toUri().toString()))
                .validate(json, InputFormat.JSON);
    }

    private static void assertValid(String schema, String json) {
        assertThat(faults(schema, json)).as("%s: %s", schema, json).isEmpty();
    }

    /** A missing key and a key that the schema does not have are faults. */
    private static void assertClosed(String schema, String json) throws IOException {
        assertValid(schema, json);
        ObjectNode object = (ObjectNode) JSON.readTree(json);
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            assertThat(faults(schema, object.deepCopy().without(name).toString()))
                    .as("without %s", name)
                    .isNotEmpty();
        }
        assertThat(faults(schema, object.deepCopy().put("a_new_key", 1).toString())).isNotEmpty();
    }

    // ---- sessions

    private static String summary(SessionReport report) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            SessionJson.writeFinished(json, report);
        }
        return text.toString();
    }

    /** Reports with every reason, from either side, with little known and with much. */
    private static Stream<SessionReport> reports() {
        return Arrays.stream(CloseReason.values())
                .flatMap(
                        reason ->
                                Arrays.stream(Side.values())
                                        .map(side -> Outcome.failed(side, reason, "so it \"is\"")))
                .flatMap(
                        outcome -> {
                            SessionReport little = Reports.failed(outcome, StreamTotals.NONE);
                            SessionReport much =
                                    new SessionReport(
                                            HeldSession.at(10),
                                            outcome,
                                            OptionalInt.of(0),
                                            OptionalInt.of(137));
                            MigrationResult none = new MigrationResult(OptionalLong.empty(), 0, 0);
                            MigrationResult tree = new MigrationResult(OptionalLong.of(7), 3, 0.25);
                            return Stream.of(
                                    little, much, little.ofMigration(none), much.ofMigration(tree));
                        });
    }

    @Test
    void summaryIsAsItsSchemaSays() throws IOException {
        assertClosed("summary", summary(Reports.good()));
        for (SessionReport report : reports().toList()) {
            assertValid("summary", summary(report));
        }
    }

    @ParameterizedTest
    @CsvSource({"summary", "migration"})
    void reasonsAreThoseOfTheProgram(String schema) throws IOException {
        JsonNode reasons = JSON.readTree(file(schema).toFile()).at("/$defs/reason/enum");
        assertThat(reasons)
                .extracting(JsonNode::textValue)
                .containsExactlyElementsOf(
                        Arrays.stream(CloseReason.values()).map(CloseReason::label).toList());
    }

    // ---- migrations

    private static MigrationReport migration(Outcome outcome, Copy copy, boolean known) {
        SessionReport pages = new SessionReport(HeldSession.at(10), outcome, OptionalInt.of(0));
        return new MigrationReport(
                outcome,
                known,
                copy,
                known ? List.of(new Round(1, pages, 0.5), new Round(2, pages, 0.25)) : List.of(),
                known ? Optional.of(pages) : Optional.empty(),
                known ? OptionalLong.of(7) : OptionalLong.empty(),
                12,
                34,
                56,
                new Times(1, 0.25, 2, 0, 0.5, 0.000001, 4),
                known ? Optional.of("a1") : Optional.empty(),
                Instant.EPOCH,
                Instant.EPOCH.plusMillis(1500),
                known
                        ? Optional.of(new BudgetReport(0.3, Optional.of(0.2), List.of(20, 30)))
                        : Optional.of(new BudgetReport(0.3, Optional.empty(), List.of())),
                known
                        ? List.of(
                                new SyncReport(
                                        "/srv/web",
                                        new SyncReport.Pass(1.5, 1 << 20),
                                        SyncReport.Pass.NONE))
                        : List.of());
    }

    @Test
    void reportOfMigrationIsAsItsSchemaSays() throws IOException {
        Outcome good = Outcome.completed(Side.DESTINATION, "it runs");
        assertClosed("migration", MigrationReporter.json(migration(good, Copy.DESTINATION, true)));
        for (CloseReason reason : CloseReason.values()) {
            for (Copy copy : Copy.values()) {
                Outcome outcome = Outcome.failed(Side.SOURCE, reason, "so it is");
                assertValid("migration", MigrationReporter.json(migration(outcome, copy, true)));
                assertValid("migration", MigrationReporter.json(migration(outcome, copy, false)));
            }
        }
    }

    // ---- the log

    private static String logged(Level level, Throwable thrown, String message, Object... values) {
        LoggingEvent event =
                new LoggingEvent(
                        "",
                        new LoggerContext().getLogger("a.Logger"),
                        level,
                        message,
                        thrown,
                        values);
        return new String(new JsonLogEncoder().encode(event), StandardCharsets.UTF_8);
    }

    @Test
    void lineOfLogIsAsItsSchemaSays() {
        for (Level level : List.of(Level.ERROR, Level.WARN, Level.INFO, Level.DEBUG, Level.TRACE)) {
            assertValid(
                    "log",
                    logged(
                            level,
                            null,
                            "done session={} page-server={} pages={} MB/s={} lanes={}",
                            "-",
                            "4.2",
                            7L,
                            1.5,
                            2));
        }
        assertValid("log", logged(Level.ERROR, new IOException("gone"), "failed"));
        assertThat(faults("log", "{\"level\":\"INFO\",\"message\":\"no time\"}")).hasSize(2);
    }

    // ---- the status

    private static String get(Status status, String path) throws Exception {
        int port = ((Endpoint.Tcp) status.address().orElseThrow()).address().port();
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private Status open(Side side, Optional<Path> images) throws Exception {
        TlsMaterial material = TestMaterial.dest(folder);
        return new Status(
                Optional.of(Endpoint.parse("127.0.0.1:0")),
                new ProxyFacts(side, "1.2.3", images),
                () -> material,
                List.of());
    }

    @Test
    void statusOfDestinationIsAsItsSchemasSay() throws Exception {
        try (Status status = open(Side.DESTINATION, Optional.of(folder));
                HeldSession session = new HeldSession()) {
            assertClosed("status", get(status, "/status"));
            assertValid("sessions", get(status, "/sessions"));
            assertValid("sessions-ended", get(status, "/sessions/ended"));
            status.health().ready();
            session.advanceTo(10);
            status.sessionStarted(session);
            await().until(() -> !get(status, "/sessions").equals("[]\n"));
            reports()
                    .filter(report -> report.outcome().reason() != CloseReason.PROBED)
                    .forEach(status::sessionEnded);
            status.sessionEnded(Reports.good());
            assertClosed("status", get(status, "/status"));
            assertElementsClosed("sessions", get(status, "/sessions"), 1);
            assertElementsClosed("sessions-ended", get(status, "/sessions/ended"), 20);
            session.end(10, CloseReason.PEER_LOST);
        }
    }

    private static void assertElementsClosed(String schema, String json, int size)
            throws IOException {
        assertValid(schema, json);
        JsonNode elements = JSON.readTree(json);
        assertThat(elements).hasSize(size);
        ObjectNode first = (ObjectNode) elements.get(0);
        assertThat(faults(schema, "[" + first.deepCopy().put("a_new_key", 1) + "]")).isNotEmpty();
        assertThat(faults(schema, "[" + first.without("lanes") + "]")).isNotEmpty();
    }

    @Test
    void statusOfSourceIsAsItsSchemaSays() throws Exception {
        try (Status status = open(Side.SOURCE, Optional.empty())) {
            assertClosed("status", get(status, "/status"));
        }
    }

    // ---- the documents

    @ParameterizedTest
    @CsvSource({
        "summary, json.md",
        "sessions, json.md",
        "sessions-ended, json.md",
        "migration, json.md",
        "status, status.md",
        "log, output.md"
    })
    void documentLinksSchemaAndHasItsFields(String schema, String document) throws IOException {
        String text = read(REFERENCE.resolve(document));
        assertThat(text).contains("(schemas/" + schema + ".schema.json)");
        assertNamesFields(text, JSON.readTree(file(schema).toFile()));
    }

    private static void assertNamesFields(String text, JsonNode schema) {
        schema.path("properties")
                .fieldNames()
                .forEachRemaining(name -> assertThat(text).contains("`" + name + "`"));
        schema.forEach(inner -> assertNamesFields(text, inner));
    }
}
