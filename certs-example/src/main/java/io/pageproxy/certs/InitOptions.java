package io.pageproxy.certs;

import java.util.Objects;

/**
 * What a new PKI is made of.
 *
 * @param destNames names of {@code dest} beside dest, localhost, 127.0.0.1 and ::1
 * @param days how long {@code source}, {@code dest} and the CRL are valid, 1 to {@value
 *     Lifetime#MAX_DAYS}
 */
public record InitOptions(SubjectAltNames destNames, int days) {
    public InitOptions {
        Objects.requireNonNull(destNames, "destNames");
        Lifetime.checkDays(days);
    }

    /** No further names, {@value Lifetime#DEFAULT_DAYS} days. */
    public static InitOptions defaults() {
        return new InitOptions(SubjectAltNames.NONE, Lifetime.DEFAULT_DAYS);
    }
}
