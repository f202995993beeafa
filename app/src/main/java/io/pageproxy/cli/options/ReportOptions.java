package io.pageproxy.cli.options;

import io.pageproxy.cli.SessionLog;
import io.pageproxy.cli.SessionSummaries;
import io.pageproxy.session.SessionReport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** Options of what is told of each session. */
public final class ReportOptions {
    @Option(
            names = "--summary",
            paramLabel = "FILE",
            description = "append one JSON object a session to this file, - for standard output")
    private Path summary;

    @Option(names = "--once", description = "one session, then exit with its code")
    private boolean once;

    /** Whether there shall be one session only. */
    public boolean once() {
        return once;
    }

    /**
     * Tells of sessions as asked: a line in the log, and the summary.
     *
     * @throws IOException where the summary cannot be written
     */
    public Consumer<SessionReport> reporter(PrintStream out) throws IOException {
        Consumer<SessionReport> log = SessionLog::over;
        return log.andThen(summary(out));
    }

    /**
     * Writes the summary, where one was asked for.
     *
     * @throws IOException where it cannot be written
     */
    public Consumer<SessionReport> summary(PrintStream out) throws IOException {
        return summary == null ? report -> {} : new SessionSummaries(summary, out)::write;
    }
}
