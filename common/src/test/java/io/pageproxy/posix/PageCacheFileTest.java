package io.pageproxy.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageCacheFileTest {
    private static final int FILE_BYTES = 100_000;

    @TempDir private Path folder;
    private final byte[] content = new byte[FILE_BYTES];

    private PageCacheFile open() throws IOException {
        new Random(13).nextBytes(content);
        return PageCacheFile.open(Files.write(folder.resolve("pages-1.img"), content));
    }

    private byte[] part(int from, int to) {
        return Arrays.copyOfRange(content, from, to);
    }

    private static byte[] bytesOf(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.flip().remaining()];
        buffer.get(bytes);
        return bytes;
    }

    @Test
    void blockingReadFillsBufferFromItsPosition() throws IOException {
        try (PageCacheFile file = open()) {
            ByteBuffer to = ByteBuffer.allocateDirect(5000);
            to.limit(1000);
            assertThat(file.read(to, 7)).isEqualTo(1000);
            to.limit(5000);
            assertThat(file.read(to, 1007)).isEqualTo(4000);
            assertThat(bytesOf(to)).isEqualTo(part(7, 5007));
        }
    }

    @Test
    void readAtEndOfFileReturnsZero() throws IOException {
        try (PageCacheFile file = open()) {
            ByteBuffer to = ByteBuffer.allocateDirect(1000);
            assertThat(file.read(to, FILE_BYTES - 10)).isEqualTo(10);
            assertThat(file.read(to, FILE_BYTES)).isZero();
        }
    }

    @Test
    void cachedReadReturnsSameDataOrWouldWait() throws IOException {
        try (PageCacheFile file = open()) {
            ByteBuffer to = ByteBuffer.allocateDirect(3000);
            int got = file.readCached(to, 500);
            if (got == PageCacheFile.WOULD_WAIT) {
                assertThat(to.position()).isZero();
            } else {
                assertThat(bytesOf(to)).isEqualTo(part(500, 500 + got));
            }
        }
    }

    @Test
    void missingFileIsNamed() {
        Path missing = folder.resolve("pages-2.img");
        assertThatThrownBy(() -> PageCacheFile.open(missing))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("pages-2.img");
    }

    @Test
    void closedFileIsNotRead() throws IOException {
        PageCacheFile file = open();
        file.close();
        file.close();
        assertThatThrownBy(() -> file.read(ByteBuffer.allocateDirect(1), 0))
                .isInstanceOf(IllegalStateException.class);
    }
}
