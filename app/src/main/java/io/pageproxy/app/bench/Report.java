package io.pageproxy.app.bench;

import io.pageproxy.cli.Quantities;
import io.pageproxy.codec.CodecChoice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The human-readable report: a table for each content and a conclusion, 80 columns wide. */
final class Report {
    private final BenchOptions options;
    private final List<Sample> samples;

    Report(BenchOptions options, List<Sample> samples) {
        this.options = options;
        this.samples = samples;
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(
                String.format(
                        Locale.ROOT,
                        "%s of pages a session, %d %s each, %d processors, Java %s",
                        Quantities.mebibytes(options.sizeBytes()),
                        options.runs(),
                        options.runs() == 1 ? "run" : "runs",
                        Runtime.getRuntime().availableProcessors(),
                        Runtime.version().feature()));
        for (Content content : options.contents()) {
            lines.add("");
            lines.add(content.label() + ": " + content.meaning());
            lines.addAll(
                    List.of(
                            "  codec     lanes   MB/s    (min-max)       CPU s/GB     wire   peak RSS, MiB",
                            "                                        source   dest         source   dest"));
            options.combinations().stream()
                    .filter(combination -> combination.content() == content)
                    .forEach(combination -> lines.add(row(combination)));
        }
        lines.add("");
        lines.addAll(conclusion());
        return lines;
    }

    private String row(Combination combination) {
        List<Sample> all = of(combination);
        Spread speed = Spread.of(all, Sample::megabytesPerSecond);
        boolean pair = combination.codec().isPresent();
        return String.format(
                Locale.ROOT,
                "  %-8s %6s %6.0f  %-13s  %7s %6s %8s  %6s %6s",
                combination.codecLabel(),
                pair ? combination.lanes() : "-",
                speed.median(),
                String.format(Locale.ROOT, "(%.0f-%.0f)", speed.min(), speed.max()),
                pair ? cpu(all, Sample.Proxies::source) : "-",
                pair ? cpu(all, Sample.Proxies::dest) : "-",
                pair ? wirePercent(all) : "-",
                pair ? peak(all, Sample.Proxies::source) : "-",
                pair ? peak(all, Sample.Proxies::dest) : "-");
    }

    private List<Sample> of(Combination combination) {
        return samples.stream().filter(s -> s.combination().equals(combination)).toList();
    }

    private static String cpu(List<Sample> all, Function<Sample.Proxies, Usage> side) {
        return number(
                "%.2f", all, s -> s.cpuSecondsPerGigabyte(side.apply(s.proxies().orElseThrow())));
    }

    private static String peak(List<Sample> all, Function<Sample.Proxies, Usage> side) {
        return number(
                "%.0f", all, s -> side.apply(s.proxies().orElseThrow()).peakBytes() / 1048576.0);
    }

    private static String number(String format, List<Sample> all, ToDoubleFunction<Sample> of) {
        return String.format(Locale.ROOT, format, Spread.of(all, of).median());
    }

    private static String wirePercent(List<Sample> all) {
        return number(
                "%.1f%%", all, s -> 100.0 * s.proxies().orElseThrow().wireBytes() / s.bytes());
    }

    private static long wireBytes(List<Sample> all) {
        return (long) Spread.of(all, s -> s.proxies().orElseThrow().wireBytes()).median();
    }

    /**
     * Names the fastest number of lanes of auto, or the fastest combination if auto was not
     * measured.
     */
    private List<String> conclusion() {
        boolean auto = options.codecs().contains(CodecChoice.AUTO);
        Combination best =
                options.combinations().stream()
                        .filter(c -> c.content() == options.contents().get(0))
                        .filter(
                                c ->
                                        auto
                                                ? c.codec().equals(Optional.of(CodecChoice.AUTO))
                                                : c.codec().isPresent())
                        .max(Comparator.comparingDouble(this::medianSpeed))
                        .orElseThrow();
        double megabytes = medianSpeed(best);
        List<Sample> all = of(best);
        double wireMegabytes = megabytes * wireBytes(all) / all.get(0).bytes();
        return List.of(
                String.format(
                        Locale.ROOT,
                        "%s on this machine: %.0f MB/s with %d %s, of which %.0f MB/s (%.1f Gbit/s)",
                        best.codecLabel(),
                        megabytes,
                        best.lanes(),
                        best.lanes() == 1 ? "lane" : "lanes",
                        wireMegabytes,
                        wireMegabytes * 8 / 1000),
                "reach the wire. Dumper, both proxies and page server share its processors.");
    }

    private double medianSpeed(Combination combination) {
        return Spread.of(of(combination), Sample::megabytesPerSecond).median();
    }
}
