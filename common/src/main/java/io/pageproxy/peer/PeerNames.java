package io.pageproxy.peer;

import io.pageproxy.certificate.CertificateNames;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * The exact names in a peer's certificate, for comparison. They are not sanitised and must not be
 * displayed.
 *
 * @param dns DNS names of the subject alternative name, in the certificate's order
 * @param ips IP addresses of the subject alternative name, in the certificate's order; for messages
 *     only, since no option allows a peer by its address
 * @param uris URIs of the subject alternative name, in the certificate's order
 * @param commonName empty if there is none, or more than one
 */
public record PeerNames(
        List<String> dns, List<String> ips, List<String> uris, Optional<String> commonName) {
    /** A certificate without names. */
    public static final PeerNames NONE =
            new PeerNames(List.of(), List.of(), List.of(), Optional.empty());

    /** Makes the lists unmodifiable. */
    public PeerNames {
        dns = List.copyOf(dns);
        ips = List.copyOf(ips);
        uris = List.copyOf(uris);
    }

    static PeerNames of(X509Certificate leaf) {
        return new PeerNames(
                CertificateNames.dns(leaf),
                CertificateNames.ips(leaf),
                CertificateNames.uris(leaf),
                CertificateNames.commonName(leaf));
    }
}
