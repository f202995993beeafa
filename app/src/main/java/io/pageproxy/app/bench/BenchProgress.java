package io.pageproxy.app.bench;

import io.pageproxy.cli.ProgressLine;
import java.io.PrintStream;
import java.util.Locale;

/**
 * Reports the progress of a benchmark: on a terminal a line that changes, elsewhere a line for each
 * session, or nothing. Not thread-safe.
 */
final class BenchProgress {
    private final PrintStream err;
    private final ProgressLine line;
    private final boolean live;
    private final boolean wanted;
    private final int total;
    private int begun;
    private String session = "";

    /**
     * @param live whether standard error is a terminal
     * @param wanted whether to report elsewhere, too
     * @param total number of sessions
     */
    BenchProgress(PrintStream err, boolean live, boolean wanted, int total) {
        this.err = err;
        this.line = new ProgressLine(err);
        this.live = live;
        this.wanted = wanted;
        this.total = total;
    }

    /** The next session begins. */
    void begin(Combination combination) {
        begun++;
        session = String.format(Locale.ROOT, "%d/%d  %s", begun, total, combination);
        if (live) {
            line.show(session);
        }
    }

    /** The session has ended. */
    void done(Sample sample) {
        if (wanted && !live) {
            err.println(
                    String.format(
                            Locale.ROOT, "%s: %.0f MB/s", session, sample.megabytesPerSecond()));
            err.flush();
        }
    }

    /** Nothing more is reported. */
    void end() {
        line.clear();
    }
}
