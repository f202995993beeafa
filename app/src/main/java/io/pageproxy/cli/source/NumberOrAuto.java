package io.pageproxy.cli.source;

import java.util.function.IntFunction;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts a number from 1 to a maximum, or auto. */
abstract class NumberOrAuto<T> implements ITypeConverter<T> {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    private final int max;
    private final T auto;
    private final IntFunction<T> number;

    NumberOrAuto(int max, T auto, IntFunction<T> number) {
        this.max = max;
        this.auto = auto;
        this.number = number;
    }

    @Override
    public final T convert(String value) {
        if (value.equals("auto")) {
            return auto;
        }
        int given = NUMBER.matcher(value).matches() ? Integer.parseInt(value) : 0;
        if (given < 1 || given > max) {
            throw new TypeConversionException(
                    "'" + value + "' is not a number from 1 to " + max + ", nor auto");
        }
        return number.apply(given);
    }
}
