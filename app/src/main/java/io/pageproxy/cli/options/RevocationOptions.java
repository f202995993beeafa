package io.pageproxy.cli.options;

import io.pageproxy.peer.RevocationAction;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Options for peers that are no longer accepted. */
public final class RevocationOptions {
    @Option(
            names = "--on-revocation",
            paramLabel = "finish|abort",
            converter = ToOnRevocation.class,
            defaultValue = "finish",
            description = {
                "what happens to an active stream when its peer is no longer accepted because of a",
                "new --crl, --ca or policy, or an expiry; a session that still waits for its",
                "dumper ends in any case (default: ${DEFAULT-VALUE})"
            })
    private RevocationAction onRevocation;

    /** The action for active streams. */
    public RevocationAction onRevocation() {
        return onRevocation;
    }

    /** Converts the documented lower-case values. */
    static final class ToOnRevocation implements ITypeConverter<RevocationAction> {
        @Override
        public RevocationAction convert(String value) {
            for (RevocationAction known : RevocationAction.values()) {
                if (known.toString().equals(value)) {
                    return known;
                }
            }
            throw new TypeConversionException("'" + value + "' is neither finish nor abort");
        }
    }
}
