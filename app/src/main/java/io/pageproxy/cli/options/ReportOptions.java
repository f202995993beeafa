package io.pageproxy.cli.options;

import io.pageproxy.cli.SessionLog;
import io.pageproxy.cli.SessionSummaries;
import io.pageproxy.session.SessionReport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
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

    /** Whether to run only one session. */
    public boolean once() {
        return once;
    }

    /**
     * Returns a consumer that reports finished sessions in the log and the summary.
     *
     * @throws IOException if the summary cannot be written
     */
    public Consumer<SessionReport> reporter(PrintStream out) throws IOException {
        Consumer<SessionReport> log = SessionLog::logEnd;
        return log.andThen(summary(out));
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
