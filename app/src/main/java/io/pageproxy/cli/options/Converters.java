package io.pageproxy.cli.options;

import io.pageproxy.net.HostPort;
import io.pageproxy.session.ByteSize;
import java.time.Duration;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converters of option values. */
public final class Converters {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|)");

    private Converters() {}

    /** Parses a value; the parser's {@link IllegalArgumentException} says what is wrong with it. */
    public static <T> T parse(String value, Function<String, T> parser) {
        try {
            return parser.apply(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** Converts a time such as 500ms, 15s, 2m or 1h; without a unit, seconds. */
    public static final class ToDuration implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String value) {
            Matcher matcher = DURATION.matcher(value);
            if (!matcher.matches()) {
                throw new TypeConversionException(
                        "'" + value + "' is not a time such as 500ms, 15s, 2m or 1h");
            }
            long number = Long.parseLong(matcher.group(1));
            Duration duration =
                    switch (matcher.group(2)) {
                        case "ms" -> Duration.ofMillis(number);
                        case "m" -> Duration.ofMinutes(number);
                        case "h" -> Duration.ofHours(number);
                        default -> Duration.ofSeconds(number);
                    };
            if (duration.isZero() || duration.compareTo(Duration.ofDays(1)) > 0) {
                throw new TypeConversionException("'" + value + "' is not a time from 1ms to 24h");
            }
            return duration;
        }
    }

    /** Converts a time, or {@code none} to zero. */
    public static final class ToDurationOrNone implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String value) {
            return value.equals("none") ? Duration.ZERO : new ToDuration().convert(value);
        }
    }

    /** Converts a size such as 512M or 10G, in powers of 1024; without a unit, bytes. */
    public static final class ToBytes implements ITypeConverter<Long> {
        @Override
        public Long convert(String value) {
            return parse(value, ByteSize::parse);
        }
    }

    /** Converts HOST:PORT. */
    public static final class ToHostPort implements ITypeConverter<HostPort> {
        @Override
        public HostPort convert(String value) {
            return parse(value, HostPort::parse);
        }
    }
}
