package io.pageproxy.certificate;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * The CA certificates of {@code --ca}. A bundle often outlives some of its CAs, so an expired or
 * weak CA is left out with a warning as long as at least one other CA is usable.
 *
 * @param trusted the CAs that may sign a peer's certificate; never empty
 * @param leftOut the CAs that are ignored because they are expired or weak
 * @param warnings one message for each ignored CA, naming the flag and the file
 */
public record Authorities(
        List<X509Certificate> trusted, List<X509Certificate> leftOut, List<String> warnings) {

    /**
     * Reads the CA certificates of a file and separates usable CAs from those that are left out.
     *
     * @throws TlsConfigException if the file holds a certificate that is not a CA's, or no usable
     *     CA; in the latter case the message describes the first one
     */
    public static Authorities of(PemFile pem) throws TlsConfigException {
        List<X509Certificate> trusted = new ArrayList<>();
        List<X509Certificate> leftOut = new ArrayList<>();
        List<TlsConfigException> faults = new ArrayList<>();
        for (X509Certificate authority : new LinkedHashSet<>(CertificateFiles.certificates(pem))) {
            if (authority.getBasicConstraints() < 0) {
                throw pem.fault(
                        CertificateNames.subject(authority) + " is not a CA's certificate",
                        "give the certificate of the CA that signs the peer");
            }
            try {
                requireUsable(pem, authority);
                trusted.add(authority);
            } catch (TlsConfigException e) {
                leftOut.add(authority);
                faults.add(e);
            }
        }
        if (trusted.isEmpty()) {
            throw faults.get(0);
        }
        return new Authorities(
                List.copyOf(trusted),
                List.copyOf(leftOut),
                faults.stream().map(Throwable::getMessage).toList());
    }

    private static void requireUsable(PemFile pem, X509Certificate authority)
            throws TlsConfigException {
        CertificateFiles.requireValidNow(pem, authority, "renew it, or take it out of the bundle");
        // A trust anchor's own signature is never verified; only its key matters.
        Optional<String> weak = SignatureStrength.keyFault(authority.getPublicKey());
        if (weak.isPresent()) {
            throw pem.fault(
                    CertificateNames.subject(authority) + " has " + weak.get(),
                    "replace that CA, or take it out of the bundle");
        }
    }
}
