package io.pageproxy.cli.resident;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.pageproxy.control.ControlClient;
import io.pageproxy.control.ControlClient.Answer;
import io.pageproxy.control.ControlServer;
import io.pageproxy.control.JobOutput;
import io.pageproxy.control.JobRefusedException;
import io.pageproxy.control.JobTask;
import io.pageproxy.control.Jobs;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Holds the OpenAPI document to what the control socket does. */
@Timeout(60)
class ControlDocumentTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SchemaRegistry SCHEMAS =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final String REQUEST =
            "{\"command\":\"migrate\",\"options\":{\"pid\":1,\"lazy\":true,\"allow-dns\":[\"a\"]},"
                    + "\"arguments\":[\"--\",\"-x\"],\"directory\":\"/tmp\"}";

    @TempDir Path folder;
    private final JsonNode document = document();
    private final Set<String> seen = new TreeSet<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Jobs jobs = new Jobs(request -> task(request.arguments()), 1);
    private Optional<String> fault = Optional.empty();
    private ControlServer server;
    private ControlClient client;

    private static JsonNode document() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("SECURITY.md"))) {
            root = root.getParent();
        }
        try {
            String yaml = Files.readString(root.resolve("docs/reference/control.yaml"));
            return JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromString(yaml));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JobTask task(List<String> words) throws JobRefusedException {
        if (words.contains("--wrong")) {
            throw new JobRefusedException(400, "wrong", OptionalInt.of(2));
        }
        if (words.contains("--other")) {
            throw new JobRefusedException(409, "other");
        }
        return new JobTask() {
            @Override
            public int run(JobOutput output) throws InterruptedException {
                output.stdout("out");
                output.stderr("err");
                output.log("log");
                stopped.await();
                output.report("{\"result\":\"ok\"}");
                return 0;
            }

            @Override
            public void stop() {
                stopped.countDown();
            }
        };
    }

    @BeforeEach
    void open() throws Exception {
        Path socket = folder.resolve("s");
        server =
                ControlServer.open(
                        new Endpoint.UnixSocket(socket), LocalUsers.ownOrRoot(), jobs, () -> fault);
        client = new ControlClient(socket);
    }

    @AfterEach
    void close() {
        jobs.stop();
        server.close();
    }

    /** The document has each status that comes, and none that does not. */
    @Test
    void documentHasExactlyThePathsAndAnswersOfTheServer() throws Exception {
        assertValid("Request", REQUEST);
        call("get", "/v1/health", "", 200, "Health");
        fault = Optional.of("draining");
        call("get", "/v1/health", "", 503, "Health");
        call("get", "/v1/jobs", "", 200, "Jobs");
        call("post", "/v1/jobs", "[]", 400, "Fault");
        call("post", "/v1/jobs", REQUEST.replace("-x", "--wrong"), 400, "Fault");
        call("post", "/v1/jobs", REQUEST.replace("-x", "--other"), 409, "Fault");
        call("post", "/v1/jobs", "x".repeat(300_000), 413, "Fault");
        String job = call("post", "/v1/jobs", REQUEST, 201, "Job").path("id").asText();
        call("post", "/v1/jobs", REQUEST, 429, "Fault");
        call("get", "/v1/jobs", "", 200, "Jobs");
        call("get", "/v1/jobs/" + job, "", 200, "Job");
        call("delete", "/v1/jobs/" + job, "", 202, "Job");
        readEvents(job);
        call("delete", "/v1/jobs/" + job, "", 200, "Job");
        for (String method : List.of("get", "delete")) {
            call(method, "/v1/jobs/none", "", 404, "Fault");
        }
        call("get", "/v1/jobs/none/events", "", 404, "Fault");
        jobs.stop();
        call("post", "/v1/jobs", REQUEST, 503, "Fault");
        for (String path :
                List.of(
                        "/v1/health",
                        "/v1/jobs",
                        "/v1/jobs/" + job,
                        "/v1/jobs/" + job + "/events")) {
            Answer answer = client.send("PUT", path, "");
            assertThat(answer.status()).isEqualTo(405);
            assertValid("Fault", answer.body());
        }

        assertThat(seen).isEqualTo(documented());
    }

    private JsonNode call(String method, String path, String body, int status, String schema)
            throws Exception {
        Answer answer = client.send(method.toUpperCase(Locale.ROOT), path, body);
        assertThat(answer.status()).as("%s %s: %s", method, path, answer.body()).isEqualTo(status);
        assertValid(schema, answer.body());
        seen.add(method + " " + template(path) + " " + status);
        return JSON.readTree(answer.body());
    }

    private static String template(String path) {
        return path.replaceFirst("/v1/jobs/[^/]+", "/v1/jobs/{id}");
    }

    private void readEvents(String job) throws Exception {
        Answer answer = client.send("GET", "/v1/jobs/" + job + "/events", "");
        assertThat(answer.status()).isEqualTo(200);
        seen.add("get /v1/jobs/{id}/events 200");
        List<String> types = new ArrayList<>();
        for (String event : answer.body().split("\n\n", -1)) {
            if (!event.isEmpty()) {
                String type = event.replaceFirst("(?s).*event: (\\w+)\n.*", "$1");
                types.add(type);
                assertValid(
                        type.equals("exit") ? "Exit" : "Text",
                        event.replaceFirst("(?s).*\ndata: ", ""));
            }
        }
        assertThat(types).containsExactly("stdout", "stderr", "log", "exit");
        JsonNode stream = document.at("/paths/~1v1~1jobs~1{id}~1events/get/description");
        for (String type : List.of("stdout", "stderr", "log", "exit", "progress", "missed")) {
            assertThat(stream.asText()).contains("`" + type + "`");
        }
    }

    /** Method, path and status, without 405, which every other method gets. */
    private Set<String> documented() {
        Set<String> all = new HashSet<>();
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> method : path.getValue().properties()) {
                for (Map.Entry<String, JsonNode> answer :
                        method.getValue().path("responses").properties()) {
                    all.add(method.getKey() + " " + path.getKey() + " " + answer.getKey());
                }
            }
        }
        all.removeIf(answer -> answer.endsWith(" 405"));
        return new TreeSet<>(all);
    }

    private void assertValid(String schema, String text) {
        ObjectNode wanted = JSON.createObjectNode();
        wanted.put("$ref", "#/components/schemas/" + schema);
        wanted.set("components", document.path("components"));
        assertThat(SCHEMAS.getSchema(wanted.toString()).validate(text, InputFormat.JSON))
                .as("%s: %s", schema, text)
                .isEmpty();
    }
}
