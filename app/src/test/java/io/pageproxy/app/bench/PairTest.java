package io.pageproxy.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.app.local.LocalFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Failing sessions, with shell scripts in place of both proxies. */
@Timeout(60)
class PairTest {
    /** Nobody listens on port 1. */
    private static final String LISTENS = "echo listening 127.0.0.1:1; ";

    @TempDir private Path dir;
    private Service dest;

    @BeforeEach
    void startDest() throws IOException {
        dest = service("dest", LISTENS + "echo dest is well >&2; exec tail -f /dev/null");
    }

    @AfterEach
    void endDest() {
        dest.close();
    }

    private Service service(String name, String script) throws IOException {
        return new Service(name, List.of("sh", "-c", script), dir.resolve(name + ".log"));
    }

    private void assertFails(String script, Consumer<LocalFailure> as) throws Exception {
        Stream stream = new Stream(Content.ZERO, 1 << 20, 4096);
        try (Service source = service("source", script)) {
            Pair pair = new Pair(source, dest, dir.resolve("source.json"));
            assertThatThrownBy(() -> pair.measure(Samples.LZ4, 1, stream))
                    .isInstanceOfSatisfying(LocalFailure.class, as);
        }
    }

    @Test
    void reasonReportedBySourceIsMessageAndExitCode() throws Exception {
        Files.writeString(
                dir.resolve("source.json"),
                "{\"reason\": \"peer_lost\", \"message\": \"the tunnel broke\"}");
        assertFails(
                LISTENS + "exit 6",
                failure ->
                        assertThat(failure)
                                .hasMessage("the tunnel broke")
                                .returns(6, LocalFailure::exitCode));
    }

    @Test
    void errorOutputOfBothIsMessageIfSourceReportsNoReason() throws Exception {
        assertFails(
                LISTENS + "echo source has ended >&2; exit 137",
                failure ->
                        assertThat(failure)
                                .hasMessageContaining("source: source has ended")
                                .hasMessageContaining("dest: dest is well")
                                .returns(1, LocalFailure::exitCode));
    }

    @Test
    void proxyThatFailsToStartIsNamedWithItsOutput() throws Exception {
        try (Service source = service("source", "echo port taken >&2; exit 1")) {
            assertThatThrownBy(source::address)
                    .isInstanceOf(IOException.class)
                    .hasMessage("source did not start: port taken");
        }
    }
}
