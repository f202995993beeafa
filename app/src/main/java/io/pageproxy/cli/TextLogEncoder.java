package io.pageproxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/**
 * Writes each event as time, level in five columns, and message; no stack traces. Logback's own
 * layout would parse a pattern and load a class for each of the words that one can have, at every
 * start.
 */
public final class TextLogEncoder extends EncoderBase<ILoggingEvent> {
    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern(JsonLogEncoder.TIMESTAMP_PATTERN)
                    .withZone(ZoneId.systemDefault());
    private static final int LEVEL_COLUMNS = 5;
    private static final byte[] NOTHING = new byte[0];

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        StringBuilder line = new StringBuilder();
        TIMESTAMP.formatTo(event.getInstant(), line);
        String level = event.getLevel().toString();
        line.append(' ').append(level).append(" ".repeat(LEVEL_COLUMNS - level.length()));
        line.append(' ').append(event.getFormattedMessage()).append('\n');
        return line.toString().getBytes(UTF_8);
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }
}
