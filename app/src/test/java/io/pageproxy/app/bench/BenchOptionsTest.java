package io.pageproxy.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.codec.CodecChoice;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code MainTest} covers parsing and usage errors. */
class BenchOptionsTest {
    @TempDir private Path dir;

    @Test
    void combinationsAreBaselineThenCodecsTimesLanesPerContent() {
        BenchOptions options =
                new BenchOptions(
                        1 << 20,
                        1,
                        List.of(CodecChoice.NONE, CodecChoice.ZSTD),
                        List.of(1, 4),
                        Content.ofWord("all"),
                        Optional.empty());
        assertThat(options.combinations())
                .extracting(Combination::toString)
                .startsWith(
                        "no proxy, mixed",
                        "none, 1 lane, mixed",
                        "none, 4 lanes, mixed",
                        "zstd, 1 lane, mixed",
                        "zstd, 4 lanes, mixed",
                        "no proxy, random")
                .hasSize(15)
                .doesNotHaveDuplicates();
    }

    @Test
    void duplicatesAreMeasuredOnce() {
        BenchOptions options =
                Samples.options(List.of(CodecChoice.LZ4, CodecChoice.LZ4), List.of(2, 1, 2), null);
        assertThat(options.codecs()).containsExactly(CodecChoice.LZ4);
        assertThat(options.lanes()).containsExactly(2, 1);
    }

    @Test
    void jsonFileMayExistButNotBeAFolder() {
        assertThat(options(dir.resolve("new.json")).json()).contains(dir.resolve("new.json"));
        assertThatThrownBy(() -> options(dir))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--json " + dir + " is a folder: name a file");
        assertThatThrownBy(() -> options(dir.resolve("no/new.json")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there is no folder " + dir.resolve("no"));
    }

    private static BenchOptions options(Path json) {
        return Samples.options(List.of(CodecChoice.LZ4), List.of(1), json);
    }
}
