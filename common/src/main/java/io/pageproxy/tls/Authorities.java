package io.pageproxy.tls;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * What {@code --ca} holds. Bundles outlive the CAs in them, so one that has expired or is too weak
 * is left out with a warning, as long as another one is good.
 *
 * @param trusted those that may sign a peer; never empty
 * @param leftOut the others, which sign nobody
 * @param warnings why each of these is left out, with the flag and the file
 */
record Authorities(
        List<X509Certificate> trusted, List<X509Certificate> leftOut, List<String> warnings) {

    /**
     * Sorts what the file holds.
     *
     * @throws TlsConfigException where something is no CA's certificate, or none is any good; the
     *     message then is about the first one
     */
    static Authorities of(PemFile pem) throws TlsConfigException {
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
        // Nothing depends on a root's own signature, but all on its key.
        Optional<String> weak = SignatureStrength.keyFault(authority.getPublicKey());
        if (weak.isPresent()) {
            throw pem.fault(
                    CertificateNames.subject(authority) + " has " + weak.get(),
                    "replace that CA, or take it out of the bundle");
        }
    }
}
