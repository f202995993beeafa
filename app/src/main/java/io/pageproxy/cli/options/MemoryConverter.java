package io.pageproxy.cli.options;

import io.pageproxy.session.ByteSize;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts an amount of memory to bytes: 1M to 4G, or none for 0. */
public final class MemoryConverter implements ITypeConverter<Long> {
    private static final long MIN_BYTES = 1 << 20;
    private static final long MAX_BYTES = 4L << 30;

    @Override
    public Long convert(String value) {
        if (value.equals("none")) {
            return 0L;
        }
        long bytes = bytes(value);
        if (bytes < MIN_BYTES || bytes > MAX_BYTES) {
            throw new TypeConversionException(
                    "'" + value + "' is not a size from 1M to 4G, nor none");
        }
        return bytes;
    }

    /** The size; 0 for what is none, of which the range says more than the parser would. */
    private static long bytes(String value) {
        try {
            return ByteSize.parse(value);
        } catch (IllegalArgumentException notASize) {
            return 0;
        }
    }
}
