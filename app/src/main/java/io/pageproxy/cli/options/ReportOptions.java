package io.pageproxy.cli.options;

import io.pageproxy.cli.SessionLog;
import io.pageproxy.cli.SessionSummaries;
import io.pageproxy.session.SessionReport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** Options of reporting sessions. */
public final class ReportOptions {
    @Option(
            names = "--summary",
            paramLabel = "FILE",
            description = "append one JSON object per session to this file (- for standard output)")
    private Path summary;

    @Option(names = "--once", description = "run one session and exit with its exit code")
    private boolean once;

    /** The name that stands for standard output. */
    public static final Path STANDARD_OUTPUT = Path.of("-");

    /** Whether to run only one session. */
    public boolean once() {
        return once;
    }

    /** The file of the summaries, as it was given. */
    public Optional<Path> summaryFile() {
        return Optional.ofNullable(summary);
    }

    /**
     * Returns a consumer that reports finished sessions in the log and the summary.
     *
     * @param summary the file; {@code -} for {@code out}
     * @throws IOException if the summary cannot be written
     */
    public static Consumer<SessionReport> reporter(Optional<Path> summary, PrintStream out)
            throws IOException {
        Consumer<SessionReport> log = SessionLog::logEnd;
        return summary.isPresent()
                ? log.andThen(new SessionSummaries(summary.get(), out)::write)
                : log;
    }

    /**
     * Returns a consumer that writes the summary, if requested.
     *
     * @throws IOException if it cannot be written
     */
    public Consumer<SessionReport> summary(PrintStream out) throws IOException {
        return summary == null ? report -> {} : new SessionSummaries(summary, out)::write;
    }
}
