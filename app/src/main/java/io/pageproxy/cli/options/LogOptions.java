package io.pageproxy.cli.options;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import io.pageproxy.cli.JsonLogEncoder;
import io.pageproxy.cli.SafeEncoder;
import io.pageproxy.cli.TextLogEncoder;
import java.util.Locale;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** Options of logging, which is written to standard error. */
public final class LogOptions {
    /** Whether events above debug are withheld from standard error. */
    private static volatile boolean quiet;

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
        appender.addFilter(new QuietFilter());
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        root.setLevel(level());
        context.getLogger("io.netty").setLevel(Level.WARN);
    }

    /**
     * Withholds all that is logged in this process from standard error, or no longer. With {@code
     * --log-level debug} nothing is withheld.
     */
    public static void setQuiet(boolean wanted) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        quiet = wanted && !context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).isDebugEnabled();
    }

    private static final class QuietFilter extends Filter<ILoggingEvent> {
        @Override
        public FilterReply decide(ILoggingEvent event) {
            return quiet ? FilterReply.DENY : FilterReply.NEUTRAL;
        }
    }

    private Level level() {
        return Level.toLevel(level.name());
    }

    /** Whether events of a level are logged. */
    public boolean includes(Level given) {
        return given.isGreaterOrEqual(level());
    }

    /** Adds an appender of all that is logged in this process, until it is configured again. */
    public static void addAppender(AppenderBase<ILoggingEvent> appender) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        appender.setContext(context);
        appender.start();
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(appender);
    }

    /** An encoder of this format, for another place than standard error. */
    public Encoder<ILoggingEvent> newEncoder() {
        return encoder((LoggerContext) LoggerFactory.getILoggerFactory());
    }

    private Encoder<ILoggingEvent> encoder(LoggerContext context) {
        EncoderBase<ILoggingEvent> encoder =
                format == Format.JSON ? new JsonLogEncoder() : new TextLogEncoder();
        encoder.setContext(context);
        encoder.start();
        return new SafeEncoder(encoder);
    }
}
