package io.pageproxy.certs;

import java.math.BigInteger;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.util.List;

/**
 * A certificate revocation list as it was found.
 *
 * @param file where it was read
 */
public record CrlInfo(Path file, X509CRL crl) {
    /** Grows by one with each list; 0 where it has none. */
    public BigInteger number() {
        return RevocationList.number(crl);
    }

    /** What is revoked, the oldest first. */
    public List<X509CRLEntry> entries() {
        return RevocationList.entries(crl);
    }
}
