package io.pageproxy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Checks that every benchmark runs with each of its parameters; the results are meaningless. */
class BenchmarksTest {
    private static final Options ONCE =
            new OptionsBuilder()
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(1))
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build();

    @Test
    void eachBenchmarkRunsOnceWithEachOfItsParameters() throws RunnerException {
        Collection<RunResult> results = new Runner(ONCE).run();
        Set<String> ran = new TreeSet<>();
        for (RunResult result : results) {
            ran.add(result.getParams().getBenchmark());
            assertThat(result.getPrimaryResult().getScore())
                    .as(result.getParams().toString())
                    .isPositive();
        }
        assertThat(ran).isEqualTo(all()).hasSizeGreaterThan(7);
    }

    private static Set<String> all() {
        Set<String> names = new TreeSet<>();
        for (BenchmarkListEntry entry :
                BenchmarkList.defaultList()
                        .getAll(
                                OutputFormatFactory.createFormatInstance(
                                        System.out, VerboseMode.SILENT),
                                java.util.List.of())) {
            names.add(entry.getUsername());
        }
        return names;
    }
}
