package io.pageproxy.cli;

import java.io.PrintStream;

/**
 * A progress line on a terminal: each text replaces the previous one, and finally the line is
 * removed. Not thread-safe.
 */
public final class ProgressLine {
    private static final int MAX_COLUMNS = 79;

    /** Removes the line at the cursor. */
    private static final String CLEAR = "\r\033[K";

    private final PrintStream terminal;
    private boolean shown;

    /** Creates an empty line. */
    public ProgressLine(PrintStream terminal) {
        this.terminal = terminal;
    }

    /** Shows a text, truncated to the width of a usual terminal. */
    public void show(String text) {
        print(CLEAR + text.substring(0, Math.min(MAX_COLUMNS, text.length())));
        shown = true;
    }

    /** Removes the line. */
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
