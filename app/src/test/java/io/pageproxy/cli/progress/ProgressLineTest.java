package io.pageproxy.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jline.terminal.Size;
import org.jline.utils.ScreenTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is on a terminal's screen after progress and other output. */
class ProgressLineTest {
    private static final int ROWS = 100;
    private static final String LONG = "42%  progress that is longer than the line that follows it";

    private final ScreenTerminal screen = new ScreenTerminal(80, ROWS);
    private final PrintStream terminal =
            new PrintStream(
                    new OutputStream() {
                        @Override
                        public void write(int octet) {
                            write(new byte[] {(byte) octet}, 0, 1);
                        }

                        @Override
                        public void write(byte[] bytes, int offset, int length) {
                            // As the kernel does for a terminal (ONLCR).
                            screen.write(
                                    new String(bytes, offset, length, StandardCharsets.UTF_8)
                                            .replace("\n", "\r\n"));
                        }
                    },
                    true,
                    StandardCharsets.UTF_8);
    private final ProgressLine line = new ProgressLine(terminal, screen::getColumns);
    private final PrintStream log = line.guard(terminal);

    @Test
    void shorterLineLeavesNothingOfProgressBehind() {
        line.show(LONG);
        log.println("2/4 files: 10 other images");
        assertThat(shown()).containsExactly("2/4 files: 10 other images", LONG);
        line.clear();
        assertThat(shown()).containsExactly("2/4 files: 10 other images");
    }

    @Test
    void textIsReplacedByShorterOne() {
        line.show(LONG);
        line.show("43%");
        assertThat(shown()).containsExactly("43%");
    }

    @Test
    void progressWaitsForTheEndOfLineThatIsBeingPrinted() {
        line.show("1%");
        log.print("a question? ");
        line.show("2%");
        assertThat(shown()).containsExactly("a question?");
        log.println("yes");
        assertThat(shown()).containsExactly("a question? yes", "2%");
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 120, 20})
    void textIsCutToTheWidth(int columns) {
        resize(columns);
        line.show("x".repeat(200));
        assertThat(shown()).containsExactly("x".repeat(columns - 1));
        line.clear();
        assertThat(shown()).isEmpty();
    }

    @Test
    void wideCharactersAreCountedTwice() {
        resize(10);
        line.show("12345678日本");
        assertThat(shown()).containsExactly("12345678");
    }

    @Test
    void widthIsAskedForEachTime() {
        resize(120);
        line.show("x".repeat(200));
        resize(80);
        line.show("y".repeat(200));
        assertThat(shown()).containsExactly("y".repeat(79));
        resize(120);
        line.show("z".repeat(200));
        assertThat(shown()).containsExactly("z".repeat(119));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void nothingButWholeLinesIsLeftOfAnyOrderOfOutput(long seed) {
        Random random = new Random(seed);
        List<String> printed = new ArrayList<>();
        for (int i = 0; i < ROWS - 10; i++) {
            for (int shows = random.nextInt(3); shows > 0; shows--) {
                line.show("p".repeat(1 + random.nextInt(150)));
            }
            String text = "l".repeat(1 + random.nextInt(70)) + i;
            printed.add(text);
            log.println(text);
        }
        line.clear();
        assertThat(shown()).isEqualTo(printed);
    }

    private void resize(int columns) {
        screen.setSize(Size.of(columns, ROWS));
    }

    /** The lines of the screen up to the last that is not empty. */
    private List<String> shown() {
        List<String> lines = new ArrayList<>();
        int columns = screen.getColumns();
        long[] cells = new long[columns * screen.getRows()];
        screen.dump(cells, new int[2]);
        for (int row = 0; row < screen.getRows(); row++) {
            StringBuilder text = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                int codePoint = ScreenTerminal.cellCodePoint(cells[row * columns + column]);
                text.appendCodePoint(codePoint == 0 ? ' ' : codePoint);
            }
            lines.add(text.toString().stripTrailing());
        }
        while (!lines.isEmpty() && lines.get(lines.size() - 1).isEmpty()) {
            lines.remove(lines.size() - 1);
        }
        return lines;
    }
}
