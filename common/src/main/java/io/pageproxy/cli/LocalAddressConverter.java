package io.pageproxy.cli;

import io.pageproxy.local.LocalAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code ADDR:PORT} or {@code unix:PATH}. */
public final class LocalAddressConverter implements ITypeConverter<LocalAddress> {
    @Override
    public LocalAddress convert(String value) {
        try {
            return LocalAddress.parse(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
