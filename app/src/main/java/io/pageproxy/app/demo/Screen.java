package io.pageproxy.app.demo;

import io.pageproxy.cli.ProgressLine;
import io.pageproxy.posix.Posix;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/**
 * What a person sees: numbered steps and the closing table on standard output, and while a step
 * lasts how far it is, on standard error: one line that changes on a terminal, now and then a line
 * elsewhere. 80 columns. Thread-safe.
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
     * A row of the closing table.
     *
     * @param label what it is
     * @param value how it was
     */
    record Row(String label, String value) {}

    /**
     * @param colour whether standard output takes colours
     * @param live whether standard error is a terminal
     */
    Screen(PrintStream out, PrintStream err, boolean colour, boolean live) {
        this.out = out;
        this.err = err;
        this.line = new ProgressLine(err);
        this.colour = colour;
        this.live = live;
    }

    /** The one of this process; colours unless {@code NO_COLOR} is set. */
    static Screen ofThisProcess() throws IOException {
        boolean dumb = "dumb".equals(System.getenv("TERM"));
        String noColour = System.getenv("NO_COLOR");
        boolean colour = Posix.isTerminal(1) && !dumb && (noColour == null || noColour.isEmpty());
        return new Screen(System.out, System.err, colour, Posix.isTerminal(2) && !dumb);
    }

    /** A line that belongs to no step. */
    synchronized void say(String text) {
        line.clear();
        out.println(text);
        out.flush();
    }

    /** The next step begins. */
    synchronized void begin(String next, String doing) {
        step++;
        title = next;
        if (live) {
            line.show(stepLine(doing));
        }
    }

    /** How far the step is; on no terminal at most once a second. */
    synchronized void progress(String text) {
        if (live) {
            line.show(stepLine(text));
        } else if (System.nanoTime() - lastPlainNanos >= PLAIN_INTERVAL_NANOS) {
            lastPlainNanos = System.nanoTime();
            err.println(stepLine(text));
            err.flush();
        }
    }

    /** The step is done; a line break in the text begins a second line. */
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

    /** The demo ends here, in the step that has begun. */
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

    /** The closing table. */
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
