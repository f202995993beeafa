package io.pageproxy.certificate;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/** Reads certificates from files and checks each one individually. */
public final class CertificateFiles {
    private CertificateFiles() {}

    /** Describes the type of a PEM object for an error message. */
    static String kind(Object object) {
        if (object instanceof X509CertificateHolder) {
            return "a certificate";
        }
        if (object instanceof X509CRLHolder) {
            return "a revocation list";
        }
        if (object instanceof PKCS10CertificationRequest) {
            return "a certificate request (CSR)";
        }
        boolean key =
                object instanceof PrivateKeyInfo
                        || object instanceof PEMKeyPair
                        || object instanceof PEMEncryptedKeyPair
                        || object instanceof PKCS8EncryptedPrivateKeyInfo;
        return key ? "a private key" : "something else (" + object.getClass().getSimpleName() + ")";
    }

    /** Reads all certificates of a file in file order; never empty. */
    public static List<X509Certificate> certificates(PemFile pem) throws TlsConfigException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Object object : pem.objects()) {
            if (!(object instanceof X509CertificateHolder holder)) {
                throw pem.fault(
                        "holds " + kind(object) + ", not only certificates",
                        "give a PEM file of certificates, -----BEGIN CERTIFICATE-----");
            }
            try {
                certificates.add(
                        (X509Certificate)
                                CertificateFactory.getInstance("X.509")
                                        .generateCertificate(
                                                new ByteArrayInputStream(holder.getEncoded())));
            } catch (CertificateException | IOException | RuntimeException e) {
                // BouncyCastle parses lazily and reports malformed fields with unchecked
                // exceptions.
                Optional<String> known = fault(holder);
                if (known.isPresent()) {
                    throw pem.fault("a certificate in it " + known.get(), "have it issued again");
                }
                throw pem.fault(
                        "a certificate in it cannot be read (" + e.getMessage() + ")",
                        "create the file again");
            }
        }
        return List.copyOf(certificates);
    }

    /** Explains why the JDK cannot decode a certificate; empty if the reason is not known. */
    public static Optional<String> decodingFault(byte[] encoded) {
        try {
            return fault(new X509CertificateHolder(encoded));
        } catch (IOException | RuntimeException e) {
            return Optional.empty(); // Damaged in a way that this method cannot explain.
        }
    }

    private static Optional<String> fault(X509CertificateHolder holder) {
        try {
            Extension names = holder.getExtension(Extension.subjectAlternativeName);
            if (holder.getSubject().getRDNs().length == 0
                    && (names == null || !names.isCritical())) {
                return Optional.of(
                        "has an empty subject, and no subjectAltName that is marked critical, as"
                                + " RFC 5280 then requires (openssl: subjectAltName=critical,...)");
            }
            if (holder.getIssuer().getRDNs().length == 0) {
                return Optional.of("has an empty issuer, which RFC 5280 forbids");
            }
            SubjectPublicKeyInfo key = holder.getSubjectPublicKeyInfo();
            return key.getAlgorithm().getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)
                    ? KeyKinds.curveFault(key.getAlgorithm()).map("has "::concat)
                    : Optional.empty();
        } catch (RuntimeException e) {
            return Optional.empty();
        }
    }

    /** Refuses a certificate that has expired or is not valid yet. */
    static void requireValidNow(PemFile pem, X509Certificate certificate, String remedy)
            throws TlsConfigException {
        Instant now = Instant.now();
        if (now.isAfter(certificate.getNotAfter().toInstant())) {
            throw pem.fault(
                    CertificateNames.subject(certificate)
                            + " expired at "
                            + certificate.getNotAfter().toInstant(),
                    remedy);
        }
        if (now.isBefore(certificate.getNotBefore().toInstant())) {
            throw pem.fault(
                    CertificateNames.subject(certificate)
                            + " is not valid before "
                            + certificate.getNotBefore().toInstant(),
                    "check this host's clock, or wait");
        }
    }
}
