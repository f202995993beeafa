package io.pageproxy.app.bench;

import io.pageproxy.cli.ProxyCommand;
import io.pageproxy.cli.Termination;
import io.pageproxy.cli.options.Converters;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.posix.Posix;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pageproxy bench}. */
@Command(
        name = "bench",
        description = {
            "Throughput of the pair on this machine, by codec and lane count.",
            "For each session a dest and a source are started, and made-up pages go from a",
            "built-in dumper through both to a built-in page server that drops them. It needs",
            "neither root nor CRIU, and leaves nothing behind.",
            "The row 'no proxy' is the same dumper straight to the same page server."
        },
        footer = "  pageproxy bench --codec auto,zstd --lanes 1 --content all --json bench.json")
public final class BenchCommand extends ProxyCommand {
    @Option(
            names = "--size",
            paramLabel = "SIZE",
            converter = Converters.ToBytes.class,
            defaultValue = "512M",
            description = "size of each session (default: ${DEFAULT-VALUE})")
    private long sizeBytes;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "3",
            description = "number of measurements per row (default: ${DEFAULT-VALUE})")
    private int runs;

    @Option(
            names = "--codec",
            paramLabel = "LIST",
            hideParamSyntax = true,
            split = ",",
            defaultValue = "none,lz4,zstd,auto",
            description = "codecs, as for pageproxy source (default: ${DEFAULT-VALUE})")
    private List<CodecChoice> codecs;

    @Option(
            names = "--lanes",
            paramLabel = "LIST",
            hideParamSyntax = true,
            split = ",",
            description =
                    "connections a session, each 1 to 16 (default: 1,2, and 4 where there are more"
                            + " than two processors)")
    private List<Integer> lanes;

    @Option(
            names = "--content",
            paramLabel = "WORD",
            completionCandidates = Content.Words.class,
            defaultValue = "mixed",
            description =
                    "what the pages hold: mixed (as a process's memory), random, zero, or all of"
                            + " these (default: ${DEFAULT-VALUE})")
    private String content;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "write the measurements of every session to this file")
    private Path json;

    @Option(
            names = "--progress",
            description = "show progress on standard error even if it is not a terminal")
    private boolean progress;

    @Override
    public Integer call() throws Exception {
        Bench bench = new Bench(options(), System.out, System.err, Posix.isTerminal(2), progress);
        Posix.makeNewFilesPrivate();
        return Termination.run(bench::run, bench::stop);
    }

    private BenchOptions options() {
        try {
            return new BenchOptions(
                    sizeBytes,
                    runs,
                    codecs,
                    lanes == null ? defaultLanes() : lanes,
                    Content.ofWord(content),
                    Optional.ofNullable(json));
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    private static List<Integer> defaultLanes() {
        return Runtime.getRuntime().availableProcessors() > 2 ? List.of(1, 2, 4) : List.of(1, 2);
    }
}
