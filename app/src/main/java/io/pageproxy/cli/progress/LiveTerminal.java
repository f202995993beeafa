package io.pageproxy.cli.progress;

import io.pageproxy.posix.Posix;
import java.io.IOException;
import java.io.PrintStream;

/** Whether progress can be shown on the terminal behind standard error, and how wide that is. */
public final class LiveTerminal {
    private static final int STANDARD_OUTPUT = 1;
    private static final int STANDARD_ERROR = 2;

    /** What is assumed of a terminal that does not tell its width. */
    private static final int USUAL_COLUMNS = 80;

    private LiveTerminal() {}

    /**
     * Whether standard error is a terminal that can replace a line.
     *
     * @throws IOException if that cannot be determined
     */
    public static boolean isStandardError() throws IOException {
        return Posix.isTerminal(STANDARD_ERROR) && !"dumb".equals(System.getenv("TERM"));
    }

    /**
     * Returns an empty line on the terminal.
     *
     * @param err standard error, or what replaces it
     */
    public static ProgressLine newLine(PrintStream err) {
        return new ProgressLine(err, LiveTerminal::columns);
    }

    /**
     * Makes standard error, and standard output if that is a terminal, keep clear of a line.
     *
     * @return undoes it
     */
    static Runnable guardStandardStreams(ProgressLine line) throws IOException {
        PrintStream out = System.out;
        PrintStream err = System.err;
        System.setErr(line.guard(err));
        if (Posix.isTerminal(STANDARD_OUTPUT)) {
            System.setOut(line.guard(out));
        }
        return () -> {
            System.setErr(err);
            System.setOut(out);
        };
    }

    private static int columns() {
        return Posix.terminalColumns(STANDARD_ERROR).orElse(USUAL_COLUMNS);
    }
}
