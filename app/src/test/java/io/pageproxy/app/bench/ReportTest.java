package io.pageproxy.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.codec.CodecChoice;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {
    /** 1e9 bytes: 2, 4 and 1 seconds are 500, 250 and 1000 MB/s. */
    private static final List<Sample> SAMPLES =
            List.of(
                    Samples.withoutProxy(1, 0.5),
                    Samples.ofPair(Samples.LZ4, 1, 2, 400_000_000),
                    Samples.ofPair(Samples.LZ4, 2, 4, 401_000_000),
                    Samples.ofPair(Samples.LZ4, 3, 1, 402_000_000));

    @Test
    void rowHasMediansSpreadAndUsageOfBothSides() {
        assertThat(report(List.of(CodecChoice.LZ4), List.of(1), SAMPLES))
                .containsSequence(
                        "mixed: a fifth zeros, half text-like, the rest noise",
                        "  codec     lanes   MB/s    (min-max)       CPU s/GB     wire   peak RSS,"
                                + " MiB",
                        "                                        source   dest         source  "
                                + " dest",
                        "  no proxy      -   2000  (2000-2000)          -      -        -       -  "
                                + "    -",
                        "  lz4           1    500  (250-1000)        1.00   2.00    40.1%     100  "
                                + "  200");
    }

    @Test
    void conclusionNamesFastestIfAutoWasNotMeasured() {
        assertThat(report(List.of(CodecChoice.LZ4), List.of(1), SAMPLES))
                .contains(
                        "lz4 on this machine: 500 MB/s with 1 lane, of which 201 MB/s (1.6 Gbit/s)");
    }

    @Test
    void conclusionNamesAutoEvenIfAnotherIsFaster() {
        List<Sample> samples =
                List.of(
                        Samples.withoutProxy(1, 0.5),
                        Samples.ofPair(Samples.LZ4, 1, 1, 400_000_000),
                        Samples.ofPair(
                                new Combination(Content.MIXED, Samples.LZ4.codec(), 2),
                                1,
                                1,
                                400_000_000),
                        Samples.ofPair(
                                new Combination(Content.MIXED, Samples.AUTO.codec(), 1),
                                1,
                                4,
                                500_000_000),
                        Samples.ofPair(Samples.AUTO, 1, 2, 500_000_000));
        assertThat(report(List.of(CodecChoice.LZ4, CodecChoice.AUTO), List.of(1, 2), samples))
                .contains(
                        "auto on this machine: 500 MB/s with 2 lanes, of which 250 MB/s (2.0"
                                + " Gbit/s)");
    }

    @Test
    void reportFitsIntoEightyColumns() {
        assertThat(report(List.of(CodecChoice.LZ4), List.of(1), SAMPLES))
                .allSatisfy(line -> assertThat(line).hasSizeLessThan(81))
                .first()
                .asString()
                .startsWith("1024.0 MiB of pages a session, 3 runs each, ");
    }

    private static List<String> report(
            List<CodecChoice> codecs, List<Integer> lanes, List<Sample> samples) {
        return new Report(Samples.options(codecs, lanes, null), samples).lines();
    }
}
