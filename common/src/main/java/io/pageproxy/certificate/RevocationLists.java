package io.pageproxy.certificate;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.cert.X509CRLHolder;

/** Reads revocation lists (CRLs) from files and checks each one against the trusted CAs. */
public final class RevocationLists {
    private RevocationLists() {}

    /**
     * Reads the revocation lists of a file. Each must be in force and signed by a trusted CA; lists
     * signed by a CA that is left out are ignored.
     */
    public static List<X509CRL> read(PemFile pem, Authorities authorities)
            throws TlsConfigException {
        List<X509CRL> crls = new ArrayList<>();
        for (Object object : pem.objects()) {
            if (!(object instanceof X509CRLHolder holder)) {
                throw pem.fault(
                        "holds " + CertificateFiles.kind(object) + ", not only revocation lists",
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

    private static X509CRL decode(PemFile pem, X509CRLHolder holder) throws TlsConfigException {
        try {
            return (X509CRL)
                    CertificateFactory.getInstance("X.509")
                            .generateCRL(new ByteArrayInputStream(holder.getEncoded()));
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            throw pem.fault(
                    "a list in it is damaged (" + e.getMessage() + ")", "create the file again");
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
