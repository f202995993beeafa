package io.pageproxy.tls;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * The names that a peer's certificate bears, to be compared and not to be shown: they stand here as
 * they stand there.
 *
 * @param dns DNS names of the subject alternative name, in the certificate's order
 * @param uris URIs of the subject alternative name, in the certificate's order
 * @param commonName empty where there is none, or more than one
 */
public record PeerNames(List<String> dns, List<String> uris, Optional<String> commonName) {
    /** No name at all. */
    public static final PeerNames NONE = new PeerNames(List.of(), List.of(), Optional.empty());

    /** Makes the lists unmodifiable. */
    public PeerNames {
        dns = List.copyOf(dns);
        uris = List.copyOf(uris);
    }

    static PeerNames of(X509Certificate leaf) {
        return new PeerNames(
                CertificateNames.dns(leaf),
                CertificateNames.uris(leaf),
                CertificateNames.commonName(leaf));
    }
}
