package io.pageproxy.peer;

import io.pageproxy.certificate.CertificateNames;
import io.pageproxy.text.SafeText;
import java.security.cert.X509Certificate;
import java.util.stream.Stream;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * The peer's identity for logs and the summary. All texts come from its certificate and are
 * sanitised: shortened, with control characters replaced.
 *
 * @param name the first DNS name, else the first URI, else the common name, else the subject
 * @param fingerprint SHA-256 of the certificate, 64 lower-case hex digits, as {@code
 *     --allow-fingerprint} expects it
 * @param names all names in the certificate
 */
public record PeerIdentity(String name, String fingerprint, PeerNames names) {

    /** Extracts the identity from a certificate. */
    public static PeerIdentity of(X509Certificate leaf) {
        PeerNames names = PeerNames.of(leaf);
        String name =
                Stream.of(names.dns().stream(), names.uris().stream(), names.commonName().stream())
                        .flatMap(kind -> kind)
                        .findFirst()
                        .orElseGet(() -> CertificateNames.subject(leaf));
        return new PeerIdentity(SafeText.name(name), CertificateNames.fingerprint(leaf), names);
    }

    /**
     * Lists the peer's names, sanitised for a log line: all by which an {@code --allow-*} option
     * can name it, and its IP addresses, by which none can.
     */
    public String description() {
        return "DNS %s, IP %s, URI %s, CN %s, SHA-256 %s"
                .formatted(
                        SafeText.names(names.dns()),
                        SafeText.names(names.ips()),
                        SafeText.names(names.uris()),
                        names.commonName().map(SafeText::name).orElse("none"),
                        fingerprint);
    }

    /**
     * Returns the peer's identity of a session whose handshake is complete.
     *
     * @throws SSLPeerUnverifiedException if the peer presented no certificate, which no context of
     *     this package permits
     */
    public static PeerIdentity of(SSLSession session) throws SSLPeerUnverifiedException {
        return of((X509Certificate) session.getPeerCertificates()[0]);
    }
}
