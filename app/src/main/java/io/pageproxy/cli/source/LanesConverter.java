package io.pageproxy.cli.source;

import io.pageproxy.frame.LaneGrant;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts {@code --lanes}. */
final class LanesConverter implements ITypeConverter<Integer> {
    private static final int MAX_BY_PROCESSORS = 4;
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    @Override
    public Integer convert(String value) {
        if (value.equals("auto")) {
            return byProcessors(Runtime.getRuntime().availableProcessors());
        }
        int lanes = NUMBER.matcher(value).matches() ? Integer.parseInt(value) : 0;
        if (lanes < 1 || lanes > LaneGrant.MAX_LANES) {
            throw new TypeConversionException(
                    "'"
                            + value
                            + "' is not a number from 1 to "
                            + LaneGrant.MAX_LANES
                            + ", nor auto");
        }
        return lanes;
    }

    /**
     * Reserves half of the processors for the dumper and the codec; with two processors one lane is
     * best.
     */
    static int byProcessors(int processors) {
        return Math.max(1, Math.min(MAX_BY_PROCESSORS, processors / 2));
    }
}
