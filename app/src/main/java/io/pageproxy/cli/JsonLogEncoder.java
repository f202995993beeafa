package io.pageproxy.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.pageproxy.text.SafeText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes each event as one line of JSON: time, level, logger, the message as in the text log, and a
 * field for each key of the message.
 *
 * <p>A key is a word before a placeholder, such as {@code session} in {@code "session done
 * session={}"}. Keys are looked for in our own template and never in the formatted message, because
 * a peer could write fields into that.
 */
public final class JsonLogEncoder extends EncoderBase<ILoggingEvent> {
    /** ISO 8601 with milliseconds and the offset of the zone; also the format of text logs. */
    public static final String TIMESTAMP_PATTERN = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";

    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern(TIMESTAMP_PATTERN).withZone(ZoneId.systemDefault());
    private static final Pattern PLACEHOLDER = Pattern.compile("(?:([A-Za-z][\\w-]*)=)?\\{}");
    private static final String NONE = "-";
    private static final byte[] NOTHING = new byte[0];

    private final JsonFactory factory = new JsonFactory();

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (JsonGenerator json = factory.createGenerator(line)) {
            json.writeStartObject();
            Set<String> written = new HashSet<>();
            writeField(json, written, "timestamp", TIMESTAMP.format(event.getInstant()));
            writeField(json, written, "level", event.getLevel().toString());
            writeField(json, written, "logger", event.getLoggerName());
            writeField(json, written, "message", event.getFormattedMessage());
            if (event.getThrowableProxy() != null) {
                String trace = ThrowableProxyUtil.asString(event.getThrowableProxy());
                writeField(json, written, "exception", SafeText.lines(trace));
            }
            writeKeys(json, written, event);
            json.writeEndObject();
            json.writeRaw('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e); // Impossible in memory.
        }
        return line.toByteArray();
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }

    private static void writeKeys(JsonGenerator json, Set<String> written, ILoggingEvent event)
            throws IOException {
        Object[] arguments = event.getArgumentArray();
        Matcher placeholders = PLACEHOLDER.matcher(event.getMessage());
        for (int i = 0; arguments != null && i < arguments.length && placeholders.find(); i++) {
            String key = placeholders.group(1);
            if (key != null) {
                writeField(json, written, key.replace('-', '_'), arguments[i]);
            }
        }
    }

    /** Writes a field unless there is one of this name. */
    private static void writeField(
            JsonGenerator json, Set<String> written, String name, Object value) throws IOException {
        if (!written.add(name)) {
            return;
        }
        json.writeFieldName(name);
        if (value instanceof Integer || value instanceof Long) {
            json.writeNumber(((Number) value).longValue());
        } else if (value == null || value.equals(NONE)) {
            json.writeNull();
        } else {
            json.writeString(value.toString());
        }
    }
}
