package io.pageproxy.certificate;

import io.pageproxy.text.SafeText;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;

/** Extracts the names from a certificate. */
public final class CertificateNames {
    /** GeneralName tags, RFC 5280 section 4.2.1.6. */
    private static final int DNS_TAG = 2;

    private static final int URI_TAG = 6;
    private static final int IP_TAG = 7;

    /** A DN attribute without a short name, which RFC 2253 prints as its DER encoding in hex. */
    private static final Pattern HEX_ATTRIBUTE = Pattern.compile("=#((?:[0-9a-f]{2})+)");

    private CertificateNames() {}

    /** DNS names of the subject, in the certificate's order. */
    public static List<String> dns(X509Certificate certificate) {
        return alternativeNames(certificate, DNS_TAG);
    }

    /** URIs of the subject, in the certificate's order. */
    public static List<String> uris(X509Certificate certificate) {
        return alternativeNames(certificate, URI_TAG);
    }

    /** IP addresses of the subject, in the certificate's order. */
    public static List<String> ips(X509Certificate certificate) {
        return alternativeNames(certificate, IP_TAG);
    }

    /**
     * The DNS names, IP addresses and URIs of the subject, sanitised and shortened for a message,
     * each kind even if there is none.
     */
    public static String alternatives(X509Certificate certificate) {
        return "DNS %s, IP %s, URI %s"
                .formatted(
                        SafeText.names(dns(certificate)),
                        SafeText.names(ips(certificate)),
                        SafeText.names(uris(certificate)));
    }

    /**
     * The unescaped common name; empty if there is none, or if there are several and the choice
     * would be ambiguous.
     */
    public static Optional<String> commonName(X509Certificate certificate) {
        RDN[] names =
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded())
                        .getRDNs(BCStyle.CN);
        return names.length == 1
                        && !names[0].isMultiValued()
                        && names[0].getFirst().getValue() instanceof ASN1String value
                ? Optional.of(value.getString())
                : Optional.empty();
    }

    /** SHA-256 of the DER encoding as 64 lower-case hex digits. */
    public static String fingerprint(X509Certificate certificate) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            return HexFormat.of().formatHex(hash);
        } catch (CertificateEncodingException | NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 of a certificate that was just decoded", e);
        }
    }

    /** The subject, sanitised and shortened for a log line. */
    public static String subject(X509Certificate certificate) {
        return printable(certificate.getSubjectX500Principal());
    }

    /** A distinguished name, sanitised and shortened for a log line. */
    public static String printable(X500Principal principal) {
        return SafeText.name(
                HEX_ATTRIBUTE
                        .matcher(principal.getName())
                        .replaceAll(hex -> "=(" + hex.group(1).length() / 2 + " bytes)"));
    }

    /** Returns whether a certificate is signed with its own key. */
    public static boolean selfSigned(X509Certificate certificate) {
        return isSignedBy(certificate, certificate);
    }

    /** Returns whether a certificate is signed with another one's key; names are not compared. */
    static boolean isSignedBy(X509Certificate certificate, X509Certificate issuer) {
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException | RuntimeException e) {
            return false; // Some providers throw unchecked exceptions for malformed keys.
        }
    }

    private static List<String> alternativeNames(X509Certificate certificate, int tag) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? List.of()
                    : names.stream()
                            .filter(name -> name.get(0).equals(tag))
                            .map(name -> (String) name.get(1))
                            .toList();
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }
}
