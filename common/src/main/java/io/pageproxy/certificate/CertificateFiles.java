package io.pageproxy.certificate;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
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

/** Reads certificates and revocation lists (CRLs) and checks each one individually. */
public final class CertificateFiles {
    private CertificateFiles() {}

    /**
     * Reads the revocation lists of a file. Each must be in force and signed by a trusted CA; lists
     * signed by a CA that is left out are ignored.
     */
    public static List<X509CRL> revocations(PemFile pem, Authorities authorities)
            throws TlsConfigException {
        List<X509CRL> crls = new ArrayList<>();
        for (Object object : pem.objects()) {
            if (!(object instanceof X509CRLHolder holder)) {
                throw pem.fault(
                        "holds " + kind(object) + ", not only revocation lists",
                        "give the CA's CRL, -----BEGIN X509 CRL-----");
            }
            X509CRL crl = decode(pem, holder);
            boolean trusted = authorities.trusted().stream().anyMatch(ca -> isSignedBy(crl, ca));
            if (!trusted && authorities.leftOut().stream().anyMatch(ca -> isSignedBy(crl, ca))) {
                continue;
            }
            requireInForce(pem, crl);
            requireStrong(pem, crl);
            if (!trusted) {
                throw pem.fault(
                        describe(crl) + " is not signed by a CA of " + TlsFiles.CA,
                        "give the list of that CA");
            }
            crls.add(crl);
        }
        if (crls.isEmpty()) {
            throw pem.fault(
                    "holds lists of left-out CAs only", "give the list of a CA that is trusted");
        }
        return List.copyOf(crls);
    }

    private static void requireStrong(PemFile pem, X509CRL crl) throws TlsConfigException {
        Optional<String> weak = SignatureStrength.fault(crl);
        if (weak.isPresent()) {
            throw pem.fault(describe(crl) + " has " + weak.get(), SignatureStrength.REMEDY);
        }
    }

    private static String describe(X509CRL crl) {
        return "the list of " + CertificateNames.printable(crl.getIssuerX500Principal());
    }

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
                    throw pem.fault("a certificate in it " + known.get(), "have it issued anew");
                }
                throw pem.fault(
                        "a certificate in it cannot be read (" + e.getMessage() + ")",
                        "write it anew");
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

    private static X509CRL decode(PemFile pem, X509CRLHolder holder) throws TlsConfigException {
        try {
            return (X509CRL)
                    CertificateFactory.getInstance("X.509")
                            .generateCRL(new ByteArrayInputStream(holder.getEncoded()));
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            throw pem.fault("a list in it is damaged (" + e.getMessage() + ")", "write it anew");
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

    private static void requireInForce(PemFile pem, X509CRL crl) throws TlsConfigException {
        String list = describe(crl);
        Instant now = Instant.now();
        if (crl.getNextUpdate() == null) {
            throw pem.fault(list + " does not say when it expires", "issue it with nextUpdate");
        }
        if (now.isAfter(crl.getNextUpdate().toInstant())) {
            throw pem.fault(
                    list + " expired at " + crl.getNextUpdate().toInstant(),
                    "fetch the CA's new list, or have it issue one");
        }
        if (now.isBefore(crl.getThisUpdate().toInstant())) {
            throw pem.fault(
                    list + " is not in force before " + crl.getThisUpdate().toInstant(),
                    "check this host's clock");
        }
    }

    private static boolean isSignedBy(X509CRL crl, X509Certificate ca) {
        if (!crl.getIssuerX500Principal().equals(ca.getSubjectX500Principal())) {
            return false;
        }
        try {
            crl.verify(ca.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
