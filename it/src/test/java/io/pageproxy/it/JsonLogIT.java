package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** With {@code --log-format json} every line on standard error is one JSON object. */
class JsonLogIT {
    private static final String[] JSON = {"--log-format", "json", "--log-level", "debug"};

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void everyLineOfSessionIsObjectAndItsKeysAreFields() throws IOException {
        Command dest = lab.dest(Criu.BYTES_32, with("--once"));
        Command source =
                lab.listeningSourceTo(Lab.address(dest), with("--once", "--session", "web"));
        Workload workload = lab.memory("work", 8);
        Command dumper =
                lab.start(
                        "dump",
                        Criu.BYTES_32.dumpTo(Lab.address(source), workload, lab.folder("dump")));
        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();

        assertThat(done(events(source)))
                .containsEntry("session", "web")
                .containsEntry("peer", "dest")
                .containsEntry("processes", "1")
                .containsEntry("images", lab.images().resolve("web").toString());
        assertThat(done(events(dest))).containsEntry("session", "web").containsKey("pages");
    }

    @Test
    void errorThatEndsCommandIsObject() throws IOException {
        Command dest = lab.startDest(lab.images(), "/no/criu", JSON);
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(1);
        List<Map<String, String>> events = events(dest);
        assertThat(events.get(events.size() - 1).get("message"))
                .startsWith("pageproxy dest: ")
                .contains("/no/criu");
    }

    private static String[] with(String... more) {
        List<String> words = new ArrayList<>(List.of(JSON));
        words.addAll(List.of(more));
        return words.toArray(String[]::new);
    }

    private static List<Map<String, String>> events(Command proxy) throws IOException {
        List<Map<String, String>> events = new ArrayList<>();
        for (String line : proxy.stderr().lines().toList()) {
            assertThat(line).startsWith("{").endsWith("}");
            Map<String, String> event = Summary.parse(line);
            assertThat(event).containsKeys("timestamp", "level", "logger", "message");
            assertThat(OffsetDateTime.parse(event.get("timestamp"))).isNotNull();
            assertThat(event.get("message")).doesNotContain("{}");
            events.add(event);
        }
        assertThat(events).isNotEmpty();
        return events;
    }

    /** What a dumper that connects makes of its dump is not known to the proxies. */
    private static Map<String, String> done(List<Map<String, String>> events) {
        return events.stream()
                .filter(event -> event.get("message").startsWith("pages complete"))
                .findFirst()
                .orElseThrow();
    }
}
