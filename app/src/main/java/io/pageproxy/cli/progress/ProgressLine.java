package io.pageproxy.cli.progress;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.function.IntSupplier;
import org.jline.utils.AttributedString;

/**
 * A line on a terminal that shows progress: each text replaces the previous one, and finally the
 * line is removed.
 *
 * <p>What this process prints through a {@linkplain #guard guarded} stream takes the place of the
 * line, which is drawn again below it. A text is cut to the width of the terminal, which is asked
 * for each time, since a line that wraps could not be removed. The cursor stays at the start of the
 * line, and everything below is erased with it, because a terminal that has become narrower may
 * have wrapped the line itself.
 *
 * <p>Thread-safe.
 */
public final class ProgressLine {
    private static final String START = "\r";
    private static final String ERASE_BELOW = "\033[J";

    private final PrintStream terminal;
    private final IntSupplier columns;
    private String text = "";
    private boolean drawn;

    /** Whether nothing has been printed behind the last line feed. */
    private boolean atLineStart = true;

    /**
     * Creates an empty line.
     *
     * @param columns returns the width of the terminal; called for each drawing
     */
    public ProgressLine(PrintStream terminal, IntSupplier columns) {
        this.terminal = terminal;
        this.columns = columns;
    }

    /** Shows a text. */
    public synchronized void show(String next) {
        text = next;
        draw();
    }

    /** Removes the line. */
    public synchronized void clear() {
        text = "";
        erase();
    }

    /** Returns a stream to the same terminal whose output does not mix with the line. */
    public PrintStream guard(PrintStream stream) {
        Charset charset = Charset.forName(System.getProperty("native.encoding", "UTF-8"));
        return new PrintStream(new Guarded(stream), true, charset);
    }

    private void draw() {
        if (!text.isEmpty() && atLineStart) {
            print(START + cut(text, columns.getAsInt() - 1) + ERASE_BELOW + START);
            drawn = true;
        }
    }

    private void erase() {
        if (drawn) {
            print(START + ERASE_BELOW);
            drawn = false;
        }
    }

    private static String cut(String text, int maxColumns) {
        return new AttributedString(text).columnSubSequence(0, Math.max(0, maxColumns)).toString();
    }

    private void print(String characters) {
        terminal.print(characters);
        terminal.flush();
    }

    private final class Guarded extends OutputStream {
        private final PrintStream stream;

        Guarded(PrintStream stream) {
            this.stream = stream;
        }

        @Override
        public void write(int octet) {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            if (length == 0) {
                return;
            }
            synchronized (ProgressLine.this) {
                erase();
                stream.write(bytes, offset, length);
                stream.flush();
                atLineStart = bytes[offset + length - 1] == '\n';
                draw();
            }
        }
    }
}
