package io.pageproxy.source.cli;

import io.pageproxy.source.ingress.DumperAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code ADDR:PORT} or {@code unix:PATH}. */
final class DumperAddressConverter implements ITypeConverter<DumperAddress> {
    @Override
    public DumperAddress convert(String value) {
        try {
            return DumperAddress.parse(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
