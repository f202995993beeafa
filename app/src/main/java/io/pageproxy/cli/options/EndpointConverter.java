package io.pageproxy.cli.options;

import io.pageproxy.net.Endpoint;
import picocli.CommandLine.ITypeConverter;

/** Converts {@code ADDR:PORT} or {@code unix:PATH}. */
public final class EndpointConverter implements ITypeConverter<Endpoint> {
    @Override
    public Endpoint convert(String value) {
        return Converters.parse(value, Endpoint::parse);
    }
}
