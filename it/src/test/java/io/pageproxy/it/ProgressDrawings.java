package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The drawings of the progress line in what was written to a terminal. */
final class ProgressDrawings {
    /** What {@code ProgressLine} writes at a time. */
    private static final Pattern DRAWING = Pattern.compile("\r([^\r\n\033]+)\033\\[J\r");

    private static final Pattern ERASING = Pattern.compile("\r\033\\[J");

    private ProgressDrawings() {}

    /** All of them; the first group is the text. */
    static List<MatchResult> of(String written) {
        return DRAWING.matcher(written).results().toList();
    }

    /** Waits for one that is not there yet. */
    static void awaitNext(PseudoTerminal terminal) {
        int before = of(terminal.written()).size();
        await("a drawing of the progress")
                .atMost(Command.TIMEOUT)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> of(terminal.written()).size() > before);
    }

    /**
     * Asserts that after each drawing the screen has the progress in its last row, above it all
     * that was printed and nothing else; and that nothing of it is left at the end.
     */
    static void assertLastRowOnly(String written, int columns) {
        for (MatchResult drawing : of(written)) {
            String text = drawing.group(1);
            assertThat(text).hasSizeLessThan(columns);
            String printed = withoutProgress(written.substring(0, drawing.start()));
            List<String> rows = new ArrayList<>(Screen.rowsAfter(printed, columns));
            rows.add(text);
            assertThat(Screen.rowsAfter(written.substring(0, drawing.end()), columns))
                    .isEqualTo(rows);
        }
        assertThat(Screen.rowsAfter(written, columns))
                .isEqualTo(Screen.rowsAfter(withoutProgress(written), columns));
    }

    /** What was printed besides. */
    static String withoutProgress(String written) {
        return ERASING.matcher(DRAWING.matcher(written).replaceAll("")).replaceAll("");
    }
}
