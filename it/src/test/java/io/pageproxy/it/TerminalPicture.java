package io.pageproxy.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Screens of a terminal as a picture, for the documents. */
final class TerminalPicture {
    private static final int FONT = 14;
    private static final int LINE = 19;
    private static final double COLUMN = 8.43;
    private static final int MARGIN = 16;
    private static final int BAR = 30;
    private static final int GAP = 18;

    private final StringBuilder svg = new StringBuilder();
    private final double width;
    private int y;

    TerminalPicture(int columns) {
        this.width = Math.ceil(columns * COLUMN) + 2 * MARGIN;
    }

    /** Adds a window below those before. */
    TerminalPicture add(String title, List<String> rows) {
        int height = BAR + rows.size() * LINE + MARGIN;
        y += y == 0 ? 0 : GAP;
        rect(0, y, width, height, "#161b22");
        rect(0, y, width, BAR, "#30363d");
        text(MARGIN, y + BAR - 10, "#c9d1d9", title, 0);
        for (int row = 0; row < rows.size(); row++) {
            String text = rows.get(row);
            text(MARGIN, y + BAR + (row + 1) * LINE, "#e6edf3", text, text.length() * COLUMN);
        }
        y += height;
        return this;
    }

    void write(Path file) throws IOException {
        Files.writeString(
                file,
                format(
                                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %d\""
                                        + " width=\"%.0f\" height=\"%d\" font-size=\"%d\""
                                        + " font-family=\"ui-monospace, Menlo, Consolas,"
                                        + " 'DejaVu Sans Mono', monospace\">%n",
                                width, y, width, y, FONT)
                        + svg
                        + "</svg>\n");
    }

    private void rect(double x, double top, double wide, double high, String colour) {
        svg.append(
                format(
                        "<rect x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\" rx=\"6\""
                                + " fill=\"%s\"/>%n",
                        x, top, wide, high, colour));
    }

    /** Stretches the text to its columns, whichever font is there, if a length is given. */
    private void text(double x, int baseline, String colour, String text, double length) {
        String stretched = length > 0 ? format(" textLength=\"%.1f\"", length) : "";
        svg.append(
                format(
                        "<text x=\"%.0f\" y=\"%d\" fill=\"%s\" xml:space=\"preserve\"%s>%s</text>%n",
                        x, baseline, colour, stretched, escaped(text)));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
