package io.pageproxy.cli.dest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DestHealthTest {
    @TempDir Path folder;

    private Path images;
    private Path criu;

    @BeforeEach
    void createBoth() throws IOException {
        images = Files.createDirectory(folder.resolve("images"));
        criu = Files.createFile(folder.resolve("criu"));
        assertThat(criu.toFile().setExecutable(true)).isTrue();
        assertThat(faults()).isEmpty();
    }

    private List<String> faults() {
        return DestHealth.checks(images, criu.toString()).stream()
                .map(Supplier::get)
                .flatMap(Optional::stream)
                .toList();
    }

    @Test
    void missingImagesFolderIsReported() throws IOException {
        Files.delete(images);
        assertThat(faults()).singleElement().asString().contains("--images-dir " + images);
    }

    @Test
    void missingCriuIsReported() throws IOException {
        Files.delete(criu);
        assertThat(faults()).singleElement().asString().contains("--criu " + criu);
    }

    @Test
    void criuMissingFromPathIsReported() {
        criu = Path.of("no-such-criu");
        assertThat(faults()).singleElement().asString().contains("--criu no-such-criu: not found");
    }
}
