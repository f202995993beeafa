package io.pageproxy.tls;

import io.pageproxy.text.SafeText;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.stream.Stream;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Who the peer is, for logs and the summary. Names come from its certificate and are made safe to
 * show: abridged, with control characters replaced.
 *
 * @param name first DNS name, else first URI, else the common name, else the whole subject
 * @param fingerprint SHA-256 of the certificate, 64 lower-case hex digits: what {@code
 *     --allow-fingerprint} takes
 * @param issuer distinguished name of the CA that signed it
 * @param notAfter when the certificate expires
 * @param names all that the certificate calls it
 */
public record PeerIdentity(
        String name, String fingerprint, String issuer, Instant notAfter, PeerNames names) {

    /** The identity that a certificate states. */
    public static PeerIdentity of(X509Certificate leaf) {
        PeerNames names = PeerNames.of(leaf);
        String name =
                Stream.of(names.dns().stream(), names.uris().stream(), names.commonName().stream())
                        .flatMap(kind -> kind)
                        .findFirst()
                        .orElseGet(() -> CertificateNames.subject(leaf));
        return new PeerIdentity(
                CertificateNames.printable(name),
                CertificateNames.fingerprint(leaf),
                CertificateNames.printable(leaf.getIssuerX500Principal()),
                leaf.getNotAfter().toInstant(),
                names);
    }

    /** All that it can be allowed by, fit for a log line and abridged. */
    public String description() {
        return "DNS %s, URI %s, CN %s, SHA-256 %s"
                .formatted(
                        SafeText.names(names.dns()),
                        SafeText.names(names.uris()),
                        names.commonName().map(SafeText::name).orElse("none"),
                        fingerprint);
    }

    /**
     * The peer of a session whose handshake is done.
     *
     * @throws SSLPeerUnverifiedException if the peer has shown no certificate, which no context of
     *     this package lets happen
     */
    public static PeerIdentity of(SSLSession session) throws SSLPeerUnverifiedException {
        return of((X509Certificate) session.getPeerCertificates()[0]);
    }
}
