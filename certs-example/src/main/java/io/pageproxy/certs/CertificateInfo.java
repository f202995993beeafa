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
 * A certificate read from a file, with its key and revocation status.
 *
 * @param file the file it was read from
 * @param key whether the private key in the same folder matches
 * @param revocation its status according to the CRL
 */
public record CertificateInfo(
        Path file, X509Certificate certificate, KeyMatch key, Revocation revocation) {

    /** Whether NAME-key.pem matches NAME.pem. */
    public enum KeyMatch {
        MATCHES,
        DIFFERENT,
        /** There is no such file, as is usual on other hosts. */
        MISSING,
        /** Encrypted, damaged, or not readable for this user. */
        UNREADABLE
    }

    /** Status according to a CRL of the same issuer. */
    public enum Revocation {
        NOT_REVOKED,
        REVOKED,
        /** There is no CRL of that issuer. */
        UNKNOWN,
        /** A CA's own certificate, which its CRL cannot cover. */
        NOT_APPLICABLE
    }

    /** SHA-256 of the certificate's DER encoding, 64 lower-case hex digits. */
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

    /** Whether this certificate may sign others. */
    public boolean isAuthority() {
        return certificate.getBasicConstraints() >= 0;
    }

    /** The subject alternative names, written {@code DNS:a}, {@code IP:b}, {@code URI:c}. */
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

    /** The permitted uses of the certificate, in the terms of openssl and RFC 5280. */
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
