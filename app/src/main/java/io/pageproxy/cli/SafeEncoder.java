package io.pageproxy.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import io.pageproxy.text.SafeText;
import java.util.Arrays;

/**
 * Sanitises all logged text: the arguments of each event pass through {@link SafeText} before
 * another encoder writes the event. Line feeds are kept, because some of our own messages contain
 * them.
 */
public final class SafeEncoder extends EncoderBase<ILoggingEvent> {
    private final Encoder<ILoggingEvent> encoder;

    public SafeEncoder(Encoder<ILoggingEvent> encoder) {
        this.encoder = encoder;
    }

    @Override
    public byte[] headerBytes() {
        return encoder.headerBytes();
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        return encoder.encode(safe(event));
    }

    @Override
    public byte[] footerBytes() {
        return encoder.footerBytes();
    }

    private static ILoggingEvent safe(ILoggingEvent event) {
        LoggingEvent safe = new LoggingEvent();
        safe.setLevel(event.getLevel());
        safe.setLoggerName(event.getLoggerName());
        safe.setLoggerContextRemoteView(event.getLoggerContextVO());
        safe.setThreadName(event.getThreadName());
        safe.setInstant(event.getInstant());
        safe.setSequenceNumber(event.getSequenceNumber());
        safe.setMessage(SafeText.lines(event.getMessage()));
        safe.setArgumentArray(safe(event.getArgumentArray()));
        safe.setThrowableProxy(
                (ch.qos.logback.classic.spi.ThrowableProxy) event.getThrowableProxy());
        safe.setMDCPropertyMap(event.getMDCPropertyMap());
        return safe;
    }

    private static Object[] safe(Object[] arguments) {
        return arguments == null ? null : Arrays.stream(arguments).map(SafeEncoder::safe).toArray();
    }

    /** Numbers stay numbers, for an encoder that writes them as such. */
    private static Object safe(Object argument) {
        return argument instanceof Integer || argument instanceof Long
                ? argument
                : SafeText.lines(String.valueOf(argument));
    }
}
