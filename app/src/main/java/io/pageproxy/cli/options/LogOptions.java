package io.pageproxy.cli.options;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import io.pageproxy.cli.JsonLogEncoder;
import io.pageproxy.cli.SafeEncoder;
import java.util.Locale;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** Options of logging, which is written to standard error. */
public final class LogOptions {
    private static final String PATTERN =
            "%d{\"" + JsonLogEncoder.TIMESTAMP_PATTERN + "\"} %-5level %msg%n%nopex";

    /** Format of a log line. */
    public enum Format {
        TEXT,
        JSON;

        /** The word that users write. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            defaultValue = "info",
            description = "error, warn, info, debug or trace (default: ${DEFAULT-VALUE})")
    private LogLevel level = LogLevel.INFO;

    @Option(
            names = "--log-format",
            paramLabel = "text|json",
            defaultValue = "text",
            description =
                    "format of the log; json: an object a line, with a field for each key"
                            + " (default: ${DEFAULT-VALUE})")
    private Format format = Format.TEXT;

    /** Log level. */
    public enum LogLevel {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE;

        /** The word that users write. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Configures logging for a command without these options. */
    public static void applyDefaults() {
        new LogOptions().apply();
    }

    /**
     * Configures logging programmatically, because reading a configuration file would cost start-up
     * time.
     */
    public void apply() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(encoder(context));
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        root.setLevel(Level.toLevel(level.name()));
        context.getLogger("io.netty").setLevel(Level.WARN);
    }

    private Encoder<ILoggingEvent> encoder(LoggerContext context) {
        EncoderBase<ILoggingEvent> encoder;
        if (format == Format.JSON) {
            encoder = new JsonLogEncoder();
        } else {
            PatternLayoutEncoder text = new PatternLayoutEncoder();
            text.setPattern(PATTERN);
            encoder = text;
        }
        encoder.setContext(context);
        encoder.start();
        return new SafeEncoder(encoder);
    }
}
