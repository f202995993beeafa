package io.pageproxy.app.bench;

import io.pageproxy.cli.Quantities;
import io.pageproxy.cli.progress.LiveTerminal;
import io.pageproxy.cli.progress.ProgressLine;
import java.io.PrintStream;
import java.util.Locale;

/**
 * Reports the progress of a benchmark: on a terminal as a line that changes, elsewhere as one line
 * per session or not at all. Not thread-safe.
 */
final class BenchProgress {
    private final PrintStream err;
    private final ProgressLine line;
    private final boolean live;
    private final boolean wanted;
    private final int total;
    private final long startNanos = System.nanoTime();
    private int begun;
    private String session = "";

    /**
     * @param live whether standard error is a terminal
     * @param wanted whether to report if it is not a terminal
     * @param total number of sessions
     */
    BenchProgress(PrintStream err, boolean live, boolean wanted, int total) {
        this.err = err;
        this.line = LiveTerminal.newLine(err);
        this.live = live;
        this.wanted = wanted;
        this.total = total;
    }

    /** Reports the start of a session. */
    void begin(Combination combination) {
        begun++;
        session = String.format(Locale.ROOT, "%d/%d  %s", begun, total, combination);
        if (live) {
            line.show(session + timeLeft());
        }
    }

    /** Assumes that the sessions to come take as long as those before. */
    private String timeLeft() {
        int done = begun - 1;
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        return done == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        "  %d%%  %s",
                        100 * done / total,
                        Quantities.timeLeft(seconds / done * (total - done)));
    }

    /** Reports the end of a session. */
    void done(Sample sample) {
        if (wanted && !live) {
            err.println(
                    String.format(
                            Locale.ROOT, "%s: %.0f MB/s", session, sample.megabytesPerSecond()));
            err.flush();
        }
    }

    /** Ends the report. */
    void end() {
        line.clear();
    }
}
