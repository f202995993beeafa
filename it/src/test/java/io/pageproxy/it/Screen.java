package io.pageproxy.it;

import java.util.ArrayList;
import java.util.List;
import org.jline.utils.ScreenTerminal;

/** What a terminal of a given width shows after some output. */
final class Screen {
    private static final int ROWS = 60;

    private final ScreenTerminal terminal;

    Screen(int columns) {
        this.terminal = new ScreenTerminal(columns, ROWS);
    }

    /** The rows that a terminal shows after an output, up to the last that is not empty. */
    static List<String> rowsAfter(String output, int columns) {
        Screen screen = new Screen(columns);
        screen.terminal.write(output);
        return screen.rows();
    }

    private List<String> rows() {
        int columns = terminal.getColumns();
        long[] cells = new long[columns * ROWS];
        terminal.dump(cells, new int[2]);
        List<String> rows = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            StringBuilder text = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                int codePoint = ScreenTerminal.cellCodePoint(cells[row * columns + column]);
                text.appendCodePoint(codePoint == 0 ? ' ' : codePoint);
            }
            rows.add(text.toString().stripTrailing());
        }
        while (!rows.isEmpty() && rows.get(rows.size() - 1).isEmpty()) {
            rows.remove(rows.size() - 1);
        }
        return rows;
    }
}
