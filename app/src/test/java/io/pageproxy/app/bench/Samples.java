package io.pageproxy.app.bench;

import io.pageproxy.codec.CodecChoice;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Options and samples with round figures. */
final class Samples {
    static final long BYTES = 1_000_000_000;
    static final Combination BASELINE = Combination.withoutProxy(Content.MIXED);
    static final Combination LZ4 = new Combination(Content.MIXED, Optional.of(CodecChoice.LZ4), 1);
    static final Combination AUTO =
            new Combination(Content.MIXED, Optional.of(CodecChoice.AUTO), 2);

    private Samples() {}

    static BenchOptions options(List<CodecChoice> codecs, List<Integer> lanes, Path json) {
        return new BenchOptions(
                1 << 30, 3, codecs, lanes, List.of(Content.MIXED), Optional.ofNullable(json));
    }

    static Sample withoutProxy(int round, double seconds) {
        return new Sample(BASELINE, round, BYTES, seconds, Optional.empty());
    }

    /**
     * A sample in which the source uses one second of CPU time and the destination two, with peaks
     * of 100 and 200 MiB.
     */
    static Sample ofPair(Combination combination, int round, double seconds, long wireBytes) {
        Sample.Proxies proxies =
                new Sample.Proxies(new Usage(1, 100 << 20), new Usage(2, 200 << 20), wireBytes);
        return new Sample(combination, round, BYTES, seconds, Optional.of(proxies));
    }
}
