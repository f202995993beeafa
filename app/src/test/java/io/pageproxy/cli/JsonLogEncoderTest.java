package io.pageproxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonLogEncoderTest {
    private final LoggerContext context = new LoggerContext();

    @Test
    void messageIsFormattedAndEachKeyIsField() throws IOException {
        Map<String, Object> fields =
                fields("{} session={} page-server={} pages={}{}", "done", "web/2", "4.2", 7L, "");
        assertThat(fields)
                .containsEntry("message", "done session=web/2 page-server=4.2 pages=7")
                .containsEntry("level", "INFO")
                .containsEntry("logger", "a.Logger")
                .containsEntry("session", "web/2")
                .containsEntry("page_server", "4.2")
                .containsEntry("pages", 7L)
                .hasSize(7);
    }

    @Test
    void timestampHasMillisecondsAndZone() throws IOException {
        LoggingEvent event = event("started");
        String timestamp = (String) parse(encoded(event)).get("timestamp");
        assertThat(timestamp)
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d)");
        assertThat(OffsetDateTime.parse(timestamp).toInstant())
                .isEqualTo(event.getInstant().truncatedTo(ChronoUnit.MILLIS));
    }

    @Test
    void unknownValueIsNull() throws IOException {
        assertThat(fields("refused session={}: {}", "-", "no"))
                .containsEntry("session", null)
                .containsEntry("message", "refused session=-: no");
    }

    /** A peer must not be able to write fields, and no key may replace the message or the level. */
    @Test
    void onlyKeysOfOurOwnTemplateAreFieldsAndNoneIsWrittenTwice() throws IOException {
        assertThat(fields("{} level={} peer={} peer={}", "peer=root exit={}", "x", "a", "b"))
                .containsEntry("level", "INFO")
                .containsEntry("peer", "a")
                .doesNotContainKey("exit");
    }

    @Test
    void eventIsOneLineEvenWithSeveralLinesAndException() throws IOException {
        LoggingEvent event =
                new LoggingEvent(
                        "",
                        context.getLogger("a.Logger"),
                        Level.ERROR,
                        "failed\n  at \"{}\"",
                        new IllegalStateException("broken"),
                        new Object[] {"the end"});
        String line = encoded(event);
        assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
        assertThat(parse(line)).containsEntry("message", "failed\n  at \"the end\"");
        assertThat((String) parse(line).get("exception"))
                .contains("IllegalStateException: broken", getClass().getSimpleName());
    }

    private Map<String, Object> fields(String message, Object... arguments) throws IOException {
        return parse(encoded(event(message, arguments)));
    }

    private LoggingEvent event(String message, Object... arguments) {
        return new LoggingEvent(
                "", context.getLogger("a.Logger"), Level.INFO, message, null, arguments);
    }

    private static String encoded(LoggingEvent event) {
        return new String(new JsonLogEncoder().encode(event), UTF_8);
    }

    private static Map<String, Object> parse(String line) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        try (JsonParser json = new JsonFactory().createParser(line)) {
            assertThat(json.nextToken()).isEqualTo(JsonToken.START_OBJECT);
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                JsonToken value = json.nextToken();
                fields.put(
                        name,
                        value == JsonToken.VALUE_NUMBER_INT
                                ? (Object) json.getLongValue()
                                : json.getValueAsString());
            }
            assertThat(json.nextToken()).isNull();
        }
        return fields;
    }
}
