package io.pageproxy.source.cli;

import io.pageproxy.cli.Converters;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What may stand behind {@code --page-window}, in bytes; 0 for none. */
final class PageWindowConverter implements ITypeConverter<Long> {
    private static final long LEAST_BYTES = 1 << 20;
    private static final long MOST_BYTES = 4L << 30;

    @Override
    public Long convert(String value) {
        if (value.equals("none")) {
            return 0L;
        }
        long bytes = new Converters.ToBytes().convert(value);
        if (bytes < LEAST_BYTES || bytes > MOST_BYTES) {
            throw new TypeConversionException(
                    "'" + value + "' is not a size from 1M to 4G, nor none");
        }
        return bytes;
    }
}
