package io.pageproxy.cli;

import java.io.PrintStream;

/**
 * A line on a terminal that shows progress: each text replaces the one before, and in the end the
 * line is removed. Not thread-safe.
 */
public final class ProgressLine {
    private static final int MAX_COLUMNS = 79;

    /** Removes the line at the cursor. */
    private static final String CLEAR = "\r\033[K";

    private final PrintStream terminal;
    private boolean shown;

    /** A line that shows nothing yet. */
    public ProgressLine(PrintStream terminal) {
        this.terminal = terminal;
    }

    /** Shows a text, cut to the width of a usual terminal. */
    public void show(String text) {
        print(CLEAR + text.substring(0, Math.min(MAX_COLUMNS, text.length())));
        shown = true;
    }

    /** Removes what is shown. */
    public void clear() {
        if (shown) {
            print(CLEAR);
            shown = false;
        }
    }

    private void print(String text) {
        terminal.print(text);
        terminal.flush();
    }
}
