package io.pageproxy.certs;

import io.netty.util.NetUtil;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyPurposeId;

/**
 * A certificate as it was found, with what lies beside it.
 *
 * @param file where it was read
 * @param key how the private key beside it fits
 * @param revocation what the CRL says of it
 */
public record CertificateInfo(
        Path file, X509Certificate certificate, KeyMatch key, Revocation revocation) {

    /** How NAME-key.pem fits NAME.pem. */
    public enum KeyMatch {
        MATCHES,
        DIFFERENT,
        /** No such file: usual on the other hosts. */
        MISSING,
        /** Encrypted, damaged, or not ours to read. */
        UNREADABLE
    }

    /** What a CRL of the same issuer says. */
    public enum Revocation {
        NOT_REVOKED,
        REVOKED,
        /** There is no CRL of that issuer. */
        UNKNOWN,
        /** An authority's own certificate: its CRL cannot speak of it. */
        NOT_APPLICABLE
    }

    /** SHA-256 over the certificate's DER, 64 hex digits in lower case. */
    public static String fingerprint(X509Certificate certificate) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha256.digest(certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** See {@link #fingerprint(X509Certificate)}. */
    public String fingerprint() {
        return fingerprint(certificate);
    }

    /** Whether this may sign others. */
    public boolean isAuthority() {
        return certificate.getBasicConstraints() >= 0;
    }

    /** The subject alternative names as {@code DNS:a}, {@code IP:b}, {@code URI:c}. */
    public List<String> names() {
        Collection<List<?>> found;
        try {
            found = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException e) {
            return List.of("(damaged)");
        }
        List<String> names = new ArrayList<>();
        if (found != null) {
            found.forEach(name -> names.add(text((Integer) name.get(0), name.get(1).toString())));
        }
        return names;
    }

    /** What the certificate may be used for, in the words of openssl and RFC 5280. */
    public List<String> purposes() {
        if (isAuthority()) {
            return List.of("certificate authority");
        }
        List<String> oids;
        try {
            oids = certificate.getExtendedKeyUsage();
        } catch (CertificateParsingException e) {
            return List.of("(damaged)");
        }
        if (oids == null) {
            return List.of("any");
        }
        return oids.stream().map(CertificateInfo::purpose).toList();
    }

    private static String purpose(String oid) {
        if (oid.equals(KeyPurposeId.id_kp_clientAuth.getId())) {
            return "source (clientAuth)";
        }
        return oid.equals(KeyPurposeId.id_kp_serverAuth.getId()) ? "dest (serverAuth)" : oid;
    }

    private static String text(int kind, String value) {
        return switch (kind) {
            case GeneralName.dNSName -> "DNS:" + value;
            case GeneralName.iPAddress -> "IP:" + NetUtil.toAddressString(Names.ip(value));
            case GeneralName.uniformResourceIdentifier -> "URI:" + value;
            default -> "another kind of name";
        };
    }
}
