package io.pageproxy.cli.options;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How much memory a session may have for something, in bytes: 1M to 4G; none is 0. */
public final class MemoryConverter implements ITypeConverter<Long> {
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
