package io.pageproxy.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DumpStatsTest {
    /** The image of a dump by CRIU 4.2.1. */
    private static final String REAL =
            "40591055063309572a0000000a2808801510b299a40118d0"
                    + "ca7920cbb16b28dbc801300038acc8014000480050085808600068007000";

    private static final long REAL_FROZEN_MICROS = 2_690_226;

    @TempDir private Path dir;

    @Test
    void frozenTimeIsReadFromRealImage() throws IOException {
        assertThat(DumpStats.read(file(bytes())).frozenMicros()).isEqualTo(REAL_FROZEN_MICROS);
    }

    @Test
    void truncatedImageIsReported() throws IOException {
        byte[] whole = bytes();
        for (int length = 0; length < whole.length; length++) {
            Path file = file(Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> DumpStats.read(file))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("stats-dump is cut off");
        }
    }

    @Test
    void otherImageIsReported() throws IOException {
        byte[] other = bytes();
        other[4]++;
        Path file = file(other);
        assertThatThrownBy(() -> DumpStats.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("stats-dump: expected magic 0x57093306, but 0x57093307");
    }

    @Test
    void statsOfRestoreAreRejected() throws IOException {
        Path file = file(HexFormat.of().parseHex("4059105506330957" + "04000000" + "12020801"));
        assertThatThrownBy(() -> DumpStats.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("it has no field 1");
    }

    private static byte[] bytes() {
        return HexFormat.of().parseHex(REAL);
    }

    private Path file(byte[] content) throws IOException {
        return Files.write(dir.resolve("stats-dump"), content);
    }
}
