package io.pageproxy.certs;

import java.math.BigInteger;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.util.List;

/**
 * A certificate revocation list read from a file.
 *
 * @param file the file it was read from
 */
public record CrlInfo(Path file, X509CRL crl) {
    /** The CRL number, which increases by one with each list; 0 if there is none. */
    public BigInteger number() {
        return RevocationList.number(crl);
    }

    /** The revocations, oldest first. */
    public List<X509CRLEntry> entries() {
        return RevocationList.entries(crl);
    }
}
