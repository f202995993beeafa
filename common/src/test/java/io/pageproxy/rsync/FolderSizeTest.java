package io.pageproxy.rsync;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderSizeTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @TempDir private Path dir;

    @Test
    void holesTakeNothingAndSecondNamesNeither() throws IOException {
        Files.write(dir.resolve("file"), new byte[1 << 20]);
        Files.createLink(dir.resolve("again"), dir.resolve("file"));
        try (RandomAccessFile sparse = new RandomAccessFile(dir.resolve("sparse") + "", "rw")) {
            sparse.setLength(1L << 33);
        }
        assertThat(FolderSize.bytes(dir, TIMEOUT).orElseThrow()).isBetween(1L << 20, 3L << 19);
    }

    @Test
    void missingFolderIsNotKnown() {
        assertThat(FolderSize.bytes(dir.resolve("missing"), TIMEOUT)).isEmpty();
    }
}
