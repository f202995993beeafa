package io.pageproxy.cli.source;

import io.pageproxy.source.migrate.dump.RoundsChoice;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts {@code --rounds}. */
final class RoundsConverter implements ITypeConverter<RoundsChoice> {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    @Override
    public RoundsChoice convert(String value) {
        if (value.equals("auto")) {
            return RoundsChoice.AUTO;
        }
        int rounds = NUMBER.matcher(value).matches() ? Integer.parseInt(value) : 0;
        if (rounds < 1 || rounds > RoundsChoice.MOST) {
            throw new TypeConversionException(
                    "'"
                            + value
                            + "' is not a number from 1 to "
                            + RoundsChoice.MOST
                            + ", nor auto");
        }
        return RoundsChoice.exactly(rounds);
    }
}
