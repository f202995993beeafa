package io.pageproxy.cli;

import io.pageproxy.net.HostPort;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How words on the command line become values. */
public final class Converters {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})([KMGT]?)(i?B?)");

    private Converters() {}

    /** A time such as 500ms, 15s, 2m, 1h; without a unit: seconds. */
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

    /** A size such as 512M or 10G, in powers of 1024; without a unit: bytes. */
    public static final class ToBytes implements ITypeConverter<Long> {
        @Override
        public Long convert(String value) {
            Matcher matcher = SIZE.matcher(value.toUpperCase(Locale.ROOT).replace("IB", "iB"));
            if (!matcher.matches()) {
                throw new TypeConversionException(
                        "'" + value + "' is not a size such as 512M or 10G");
            }
            int shift = 10 * (1 + "KMGT".indexOf(matcher.group(2)));
            long number = Long.parseLong(matcher.group(1));
            if (matcher.group(2).isEmpty()) {
                shift = 0;
            }
            if (number == 0 || number > Long.MAX_VALUE >> shift) {
                throw new TypeConversionException("'" + value + "' is not a size that can be");
            }
            return number << shift;
        }
    }

    /** HOST:PORT. */
    public static final class ToHostPort implements ITypeConverter<HostPort> {
        @Override
        public HostPort convert(String value) {
            try {
                return HostPort.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
