package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Runs the benchmark command with sessions too short for meaningful results. The lab asserts after
 * each test that no process is left; their command lines contain its temporary folder.
 */
class BenchIT {
    private static final int STOPPED = 1;

    /** Processes of a session: dest, its page server, and source. */
    private static final int PROCESSES = 3;

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void everyRowIsMeasuredAndNothingRemains() throws IOException {
        Path json = lab.folder("out").resolve("bench.json");
        Command bench =
                bench("--size=160M", "--runs=1", "--codec=zstd", "--lanes=1,2", "--json=" + json);
        assertThat(bench.awaitExit()).as(bench::toString).isZero();
        assertThat(bench.stderr()).isEmpty();
        assertThat(bench.stdout().lines())
                .anyMatch(l -> l.matches("  no proxy      - +\\d+  \\(\\d+-\\d+\\)( +-){5}"))
                .anyMatch(l -> l.matches("  zstd          1 +\\d+  \\(.*%( +\\d+){2}"))
                .anyMatch(l -> l.matches("  zstd          2 +\\d+  \\(.*%( +\\d+){2}"))
                .anyMatch(l -> l.startsWith("zstd on this machine: "));
        assertThat(samples(json))
                .containsExactly("mixed null 0 true", "mixed zstd 1 true", "mixed zstd 2 true");
        assertThat(lab.folder("tmp")).isEmptyDirectory();
    }

    @Test
    void noLibraryIsUnpackedIntoTheTemporaryFolder() {
        Tmpfs noExec = lab.tmpfs("no-exec", 32 << 20);
        noExec.remountNoExec();
        String javas = "-Djava.io.tmpdir=%s -Djna.tmpdir=%1$s".formatted(noExec.dir());
        Command bench =
                bench(
                        List.of("PAGEPROXY_JAVA_OPTS=" + javas, "TMPDIR=" + tmp()),
                        "--size=16M",
                        "--runs=1",
                        "--codec=lz4,zstd");
        assertThat(bench.awaitExit()).as(bench::toString).isZero();
        assertThat(noExec.dir()).isEmptyDirectory();
    }

    /** Signals the whole foreground process group, as a terminal does. */
    @Test
    void controlCDuringSessionEndsAllProcessesAndDeletesFolder() {
        Command bench = bench("--size=1G", "--runs=1", "--codec=none", "--lanes=1", "--progress");
        await().atMost(Command.TIMEOUT).until(() -> bench.stderr().contains("1/2"));
        await().atMost(Command.TIMEOUT)
                .until(() -> Processes.mentioning(tmp()).size() == PROCESSES);
        Processes.signal("INT", -bench.pid());

        assertThat(bench.awaitExit()).as(bench::toString).isEqualTo(STOPPED);
        assertThat(bench.stderr()).endsWith("pageproxy bench: told to stop\n");
        assertThat(bench.stdout()).isEmpty();
        assertThat(Processes.mentioning(tmp())).isEmpty();
        assertThat(lab.folder("tmp")).isEmptyDirectory();
    }

    private String tmp() {
        return lab.folder("tmp").toString();
    }

    /**
     * Starts a benchmark in its own process group with SIGINT enabled even if this test runs in the
     * background.
     */
    private Command bench(String... options) {
        return bench(List.of("TMPDIR=" + tmp()), options);
    }

    private Command bench(List<String> environment, String... options) {
        List<String> words = new ArrayList<>(List.of("setsid", "env", "--default-signal=INT"));
        words.addAll(environment);
        words.addAll(Pageproxy.bench(List.of(options)));
        return lab.start("bench", words);
    }

    /** Content, codec and lanes of each session, and whether its speed is positive. */
    private static List<String> samples(Path json) throws IOException {
        List<String> samples = new ArrayList<>();
        StringBuilder sample = new StringBuilder();
        try (JsonParser parser = new JsonFactory().createParser(json.toFile())) {
            while (parser.nextToken() != null) {
                if (parser.currentToken().isScalarValue()) {
                    switch (parser.currentName()) {
                        case "content", "codec", "lanes" ->
                                sample.append(parser.getText()).append(' ');
                        case "mb_per_s" -> {
                            samples.add(sample.toString() + (parser.getDoubleValue() > 0));
                            sample.setLength(0);
                        }
                        default -> {}
                    }
                }
            }
        }
        return samples;
    }
}
