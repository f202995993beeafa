package io.pageproxy.certs;

import java.util.Objects;

/**
 * Options of a new PKI.
 *
 * @param destNames names of {@code dest} in addition to dest, localhost, 127.0.0.1 and ::1
 * @param days validity of {@code source}, {@code dest} and the CRL in days, 1 to {@value
 *     Lifetime#MAX_DAYS}
 */
public record InitOptions(SubjectAltNames destNames, int days) {
    public InitOptions {
        Objects.requireNonNull(destNames, "destNames");
        Lifetime.checkDays(days);
    }

    /** No additional names, {@value Lifetime#DEFAULT_DAYS} days. */
    public static InitOptions defaults() {
        return new InitOptions(SubjectAltNames.NONE, Lifetime.DEFAULT_DAYS);
    }
}
