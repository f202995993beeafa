package io.pageproxy.app.bench;

import io.pageproxy.cli.ProgressLine;
import java.io.PrintStream;
import java.util.Locale;

/**
 * How far the bench is: a line that is written over on a terminal, a line for each session
 * elsewhere, or nothing. One thread.
 */
final class Progress {
    private static final int COLUMNS = 79;

    private final PrintStream err;
    private final boolean live;
    private final boolean wanted;
    private final int total;
    private int begun;
    private String shown = "";

    /**
     * @param live whether that is a terminal
     * @param wanted whether it is to be shown elsewhere, too
     * @param total how many sessions there will be
     */
    Progress(PrintStream err, boolean live, boolean wanted, int total) {
        this.err = err;
        this.live = live;
        this.wanted = wanted;
        this.total = total;
    }

    /** The next session begins. */
    void begin(Combination combination) {
        begun++;
        shown = String.format(Locale.ROOT, "%d/%d  %s", begun, total, combination);
        if (live) {
            err.print(ProgressLine.CLEAR + shown.substring(0, Math.min(COLUMNS, shown.length())));
            err.flush();
        }
    }

    /** It has come to its end. */
    void done(Sample sample) {
        if (wanted && !live) {
            err.println(
                    String.format(
                            Locale.ROOT, "%s: %.0f MB/s", shown, sample.megabytesPerSecond()));
            err.flush();
        }
    }

    /** Nothing more is shown. */
    void end() {
        if (live) {
            err.print(ProgressLine.CLEAR);
            err.flush();
        }
    }
}
