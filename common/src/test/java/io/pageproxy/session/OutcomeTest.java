package io.pageproxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class OutcomeTest {
    @Test
    void messageAndDetailAreBoundedAndSanitised() {
        Outcome outcome =
                new Outcome(
                        CloseReason.PAGE_SERVER_FAILED,
                        Side.DESTINATION,
                        "\u001b[2J\u202e" + "m".repeat(4000),
                        Optional.of("\u009bx\n".repeat(2000) + "y".repeat(4000)));

        assertThat(outcome.message())
                .startsWith("?[2J?m")
                .hasSizeLessThanOrEqualTo(Outcome.MAX_MESSAGE_CHARS);
        assertThat(outcome.detail().orElseThrow().lines())
                .hasSize(Outcome.MAX_DETAIL_LINES + 1)
                .startsWith("(1981 lines before)", "?x")
                .allMatch(line -> line.length() <= Outcome.MAX_DETAIL_LINE_CHARS);
    }
}
