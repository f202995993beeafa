package io.pageproxy.cli.task;

import io.pageproxy.cli.progress.ChildTerminal;
import io.pageproxy.cli.progress.ProgressReporter;
import io.pageproxy.session.SessionFigures;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** The streams of this process, in whose place others stand while progress is on the terminal. */
public final class StandardOutput implements TaskOutput {
    private final ChildTerminal children;

    /**
     * @param children where the task's children write
     */
    public StandardOutput(ChildTerminal children) {
        this.children = children;
    }

    @Override
    public PrintStream out() {
        return System.out;
    }

    @Override
    public PrintStream err() {
        return System.err;
    }

    @Override
    public Runnable showProgress(
            Supplier<List<SessionFigures>> sessions, Supplier<OptionalLong> totalBytes)
            throws IOException {
        Runnable stopProgress = ProgressReporter.start(sessions, totalBytes);
        return () -> {
            children.drain();
            stopProgress.run();
        };
    }

    @Override
    public void report(String json) {
        // Whoever wants it gives --json.
    }
}
