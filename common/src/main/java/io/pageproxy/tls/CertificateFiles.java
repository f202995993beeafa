package io.pageproxy.tls;

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
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/** Reads and judges {@code --cert}, {@code --ca} and {@code --crl}. */
final class CertificateFiles {
    private CertificateFiles() {}

    /**
     * This side's chain, leaf first: valid now, each signed by the next, with a leaf key that TLS
     * can use.
     */
    static List<X509Certificate> chain(PemFile pem) throws TlsConfigException {
        List<X509Certificate> chain = certificates(pem);
        X509Certificate leaf = chain.get(0);
        if (leaf.getBasicConstraints() >= 0) {
            throw pem.fault(
                    CertificateNames.subject(leaf) + " is a CA's certificate, not a host's",
                    "give the certificate that this CA issued for this side, leaf first");
        }
        Optional<String> keyFault = KeyKinds.fault(leaf.getPublicKey());
        if (keyFault.isPresent()) {
            throw pem.fault("has " + keyFault.get(), KeyKinds.MEND);
        }
        for (X509Certificate certificate : chain) {
            requireValidNow(pem, certificate, "renew it");
        }
        for (int i = 1; i < chain.size(); i++) {
            requireSigned(pem, chain.get(i - 1), chain.get(i));
        }
        return chain;
    }

    /** The CAs that may sign a peer. */
    static List<X509Certificate> authorities(PemFile pem) throws TlsConfigException {
        List<X509Certificate> authorities = certificates(pem);
        for (X509Certificate authority : authorities) {
            if (authority.getBasicConstraints() < 0) {
                throw pem.fault(
                        CertificateNames.subject(authority) + " is not a CA's certificate",
                        "give the certificate of the CA that signs the peer");
            }
            requireValidNow(pem, authority, "renew it, or take it out of the bundle");
        }
        return authorities;
    }

    /** The revocation lists: in force now, each signed by one of the CAs. */
    static List<X509CRL> revocations(PemFile pem, List<X509Certificate> authorities)
            throws TlsConfigException {
        List<X509CRL> crls = new ArrayList<>();
        for (Object object : pem.objects()) {
            if (!(object instanceof X509CRLHolder holder)) {
                throw pem.fault(
                        "holds " + kind(object) + ", not only revocation lists",
                        "give the CA's CRL, -----BEGIN X509 CRL-----");
            }
            X509CRL crl = decode(pem, holder);
            requireInForce(pem, crl);
            if (authorities.stream().noneMatch(ca -> signed(crl, ca))) {
                throw pem.fault(
                        "the list of "
                                + CertificateNames.printable(crl.getIssuerX500Principal())
                                + " is not signed by a CA of "
                                + TlsFiles.CA,
                        "give the list of that CA");
            }
            crls.add(crl);
        }
        return List.copyOf(crls);
    }

    /** A PEM object in words. */
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

    private static List<X509Certificate> certificates(PemFile pem) throws TlsConfigException {
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
                // BouncyCastle parses late, and then complains by unchecked exceptions.
                throw pem.fault(
                        "a certificate in it is damaged (" + e.getMessage() + ")", "write it anew");
            }
        }
        return List.copyOf(certificates);
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

    private static void requireValidNow(PemFile pem, X509Certificate certificate, String mend)
            throws TlsConfigException {
        Instant now = Instant.now();
        if (now.isAfter(certificate.getNotAfter().toInstant())) {
            throw pem.fault(
                    CertificateNames.subject(certificate)
                            + " expired at "
                            + certificate.getNotAfter().toInstant(),
                    mend);
        }
        if (now.isBefore(certificate.getNotBefore().toInstant())) {
            throw pem.fault(
                    CertificateNames.subject(certificate)
                            + " is not valid before "
                            + certificate.getNotBefore().toInstant(),
                    "check this host's clock, or wait");
        }
    }

    private static void requireSigned(PemFile pem, X509Certificate lower, X509Certificate upper)
            throws TlsConfigException {
        try {
            lower.verify(upper.getPublicKey());
        } catch (GeneralSecurityException e) {
            throw pem.fault(
                    CertificateNames.subject(lower)
                            + " is not signed by the next in the file, "
                            + CertificateNames.subject(upper),
                    "put the chain in order: leaf first, then each one's issuer");
        }
    }

    private static void requireInForce(PemFile pem, X509CRL crl) throws TlsConfigException {
        String list = "the list of " + CertificateNames.printable(crl.getIssuerX500Principal());
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

    private static boolean signed(X509CRL crl, X509Certificate ca) {
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
