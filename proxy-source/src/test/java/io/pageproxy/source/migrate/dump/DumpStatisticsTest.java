package io.pageproxy.source.migrate.dump;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What CRIU's statistics say. */
class DumpStatisticsTest {
    @TempDir Path folder;

    @Test
    void frozenTimeIsFound() throws IOException {
        // freezing_time 300, frozen_time 20000, both in microseconds
        write("40591055 06330957 09000000 0a 07 08ac02 10a09c01");
        assertThat(DumpStatistics.frozenSeconds(folder)).hasValue(0.02);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "4059",
                "40591055 06330957 09000000 0a 07 08ac02 10a0",
                "40591055 00000000 09000000 0a 07 08ac02 10a09c01",
                "40591055 06330957 09000000 12 07 08ac02 10a09c01",
                "40591055 06330957 09000000 0a 07 18ac02 10a09c01",
                "40591055 06330957 09000000 0a 07 08ac02 18a09c01",
            })
    void statisticsOfAnotherFormAreUnknown(String hex) throws IOException {
        write(hex);
        assertThat(DumpStatistics.frozenSeconds(folder)).isEmpty();
    }

    @Test
    void missingStatisticsAreUnknown() {
        assertThat(DumpStatistics.frozenSeconds(folder)).isEmpty();
    }

    private void write(String hex) throws IOException {
        Files.write(folder.resolve("stats-dump"), HexFormat.of().parseHex(hex.replace(" ", "")));
    }
}
