package io.pageproxy.app.demo;

import io.pageproxy.cli.progress.LiveTerminal;
import io.pageproxy.cli.progress.ProgressLine;
import io.pageproxy.posix.Posix;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/**
 * The demo's output: numbered steps and the final table on standard output, and the progress of the
 * current step on standard error, as one changing line on a terminal and as occasional lines
 * elsewhere. 80 columns wide. Thread-safe.
 */
final class Screen {
    private static final int COLUMNS = 79;
    private static final int DETAIL_COLUMN = 19;
    private static final String GREEN = "\033[32m";
    private static final String RED = "\033[31m";
    private static final String BOLD = "\033[1m";
    private static final String PLAIN = "\033[0m";
    private static final long PLAIN_INTERVAL_NANOS = 1_000_000_000;

    private final PrintStream out;
    private final PrintStream err;
    private final ProgressLine line;
    private final boolean colour;
    private final boolean live;

    private int step;
    private String title = "";
    private long lastPlainNanos;

    /**
     * A row of the final table.
     *
     * @param label label of the value
     * @param value the value
     */
    record Row(String label, String value) {}

    /**
     * @param colour whether standard output supports colours
     * @param live whether standard error is a terminal
     */
    Screen(PrintStream out, PrintStream err, boolean colour, boolean live) {
        this.out = out;
        this.err = err;
        this.line = LiveTerminal.newLine(err);
        this.colour = colour;
        this.live = live;
    }

    /** Creates the screen of this process; in colour unless {@code NO_COLOR} is set. */
    static Screen ofThisProcess() throws IOException {
        boolean dumb = "dumb".equals(System.getenv("TERM"));
        String noColour = System.getenv("NO_COLOR");
        boolean colour = Posix.isTerminal(1) && !dumb && (noColour == null || noColour.isEmpty());
        return new Screen(System.out, System.err, colour, LiveTerminal.isStandardError());
    }

    /** Prints a line outside of the steps. */
    synchronized void say(String text) {
        line.clear();
        out.println(text);
        out.flush();
    }

    /** Starts the next step. */
    synchronized void begin(String next, String doing) {
        step++;
        title = next;
        if (live) {
            line.show(stepLine(doing));
        }
    }

    /** Shows the progress of the step; if this is not a terminal, at most once a second. */
    synchronized void progress(String text) {
        if (live) {
            line.show(stepLine(text));
        } else if (System.nanoTime() - lastPlainNanos >= PLAIN_INTERVAL_NANOS) {
            lastPlainNanos = System.nanoTime();
            err.println(stepLine(text));
            err.flush();
        }
    }

    /** Completes the step; a line break in the text starts a second line. */
    synchronized void done(String text) {
        line.clear();
        List<String> lines = text.lines().toList();
        String first = stepLine(lines.get(0));
        int gap = Math.max(1, COLUMNS - 2 - first.length());
        out.println(first + " ".repeat(gap) + in(GREEN, "ok"));
        for (String more : lines.subList(1, lines.size())) {
            out.println(" ".repeat(DETAIL_COLUMN) + more);
        }
        out.flush();
    }

    /** Reports the failure of the current step, which ends the demo. */
    synchronized void failed(String why) {
        line.clear();
        if (step > 0) {
            out.println(stepLine(in(RED, "FAILED")));
            out.flush();
        }
        String place = step == 0 ? "" : "step " + step + ", " + title + ": ";
        err.println();
        err.println("pageproxy demo: " + place + SafeText.lines(why.strip()).replace("\n", "\n  "));
        err.flush();
    }

    /** Prints the final table. */
    synchronized void table(List<Row> rows, String verdict) {
        line.clear();
        String rule = " " + "-".repeat(COLUMNS - 1);
        out.println();
        out.println(rule);
        for (Row row : rows) {
            out.println(String.format("  %-16s %s", row.label(), row.value()));
        }
        out.println(rule);
        out.println(String.format("  %-16s %s", "verdict", in(GREEN, in(BOLD, verdict))));
        out.flush();
    }

    private String stepLine(String text) {
        return String.format(" %2d  %-13s %s", step, title, text);
    }

    private String in(String style, String text) {
        return colour ? style + text + PLAIN : text;
    }
}
