package io.pageproxy.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.pageproxy.codec.CodecChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleFileTest {
    private static final List<Sample> SAMPLES =
            List.of(Samples.withoutProxy(1, 0.5), Samples.ofPair(Samples.LZ4, 2, 4, 400_000_000));

    @TempDir private Path dir;

    private static BenchOptions options(Path file) {
        return Samples.options(List.of(CodecChoice.LZ4), List.of(1), file);
    }

    @Test
    void everySampleIsWritten() throws IOException {
        Path file = dir.resolve("bench.json");
        SampleFile.write(file, options(file), SAMPLES);
        assertThat(scalars(file))
                .containsSequence("size_bytes=1073741824", "runs=3")
                .containsSequence(
                        "round=1",
                        "content=mixed",
                        "codec=null",
                        "lanes=0",
                        "bytes=1000000000",
                        "seconds=0.5",
                        "mb_per_s=2000.0",
                        "round=2",
                        "content=mixed",
                        "codec=lz4",
                        "lanes=1",
                        "bytes=1000000000",
                        "seconds=4.0",
                        "mb_per_s=250.0",
                        "wire_bytes=400000000",
                        "cpu_source=1.0",
                        "cpu_dest=2.0",
                        "peak_rss_source=104857600",
                        "peak_rss_dest=209715200");
    }

    @Test
    void existingFileIsReplaced() throws IOException {
        Path file = Files.writeString(dir.resolve("bench.json"), "x".repeat(100_000));
        SampleFile.write(file, options(file), SAMPLES);
        assertThat(Files.readString(file)).startsWith("{").endsWith("}").doesNotContain("xx");
    }

    @Test
    void unwritableFileIsReportedWithOption() {
        Path file = dir.resolve("no/bench.json");
        assertThatThrownBy(() -> SampleFile.write(file, options(null), SAMPLES))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("--json " + file + " cannot be written: ");
    }

    private static List<String> scalars(Path file) throws IOException {
        List<String> all = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
            while (parser.nextToken() != null) {
                if (parser.currentToken().isScalarValue()) {
                    all.add(parser.currentName() + "=" + parser.getText());
                }
            }
        }
        return all;
    }
}
