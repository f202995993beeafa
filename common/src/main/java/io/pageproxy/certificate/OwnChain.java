package io.pageproxy.certificate;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds our own certificate in {@code --cert} and a valid chain from it upwards to present to the
 * peer. The order of the file, duplicates, unrelated and expired certificates do not matter as long
 * as such a chain exists.
 *
 * <p>A chain that ends at a CA of our own {@code --ca} is preferred, since both sides usually trust
 * the same CAs. Otherwise the peer may trust another CA, and the longest chain in the file is
 * taken; among equally long ones, the first in file order. The root is not sent, because the peer
 * either has its own copy or does not trust it.
 */
public final class OwnChain {
    private static final int MAX_LENGTH = 10;

    private final PemFile pem;
    private final List<X509Certificate> given;
    private final List<X509Certificate> authorities;

    private OwnChain(PemFile pem, List<X509Certificate> given, List<X509Certificate> authorities) {
        this.pem = pem;
        this.given = given;
        this.authorities = authorities;
    }

    /**
     * Builds the chain to present, leaf first.
     *
     * @param given the certificates of the file, in file order
     * @param key our private key
     * @param authorities the trusted CAs of {@code --ca}
     * @throws TlsConfigException if there is no such chain
     */
    public static List<X509Certificate> of(
            PemFile pem,
            List<X509Certificate> given,
            PrivateKey key,
            TlsFiles files,
            List<X509Certificate> authorities)
            throws TlsConfigException {
        OwnChain own = new OwnChain(pem, List.copyOf(new LinkedHashSet<>(given)), authorities);
        X509Certificate leaf = own.leaf(key, files);
        Optional<List<X509Certificate>> anchored = own.pathToAuthority(leaf);
        if (anchored.isPresent()) {
            return anchored.get();
        }
        List<X509Certificate> path = own.longestPath(List.of(leaf));
        own.requireNothingMissing(path.get(path.size() - 1));
        return path;
    }

    /**
     * Of several certificates for the key, for example after a renewal that kept the key, takes the
     * first that is currently valid.
     */
    private X509Certificate leaf(PrivateKey key, TlsFiles files) throws TlsConfigException {
        List<X509Certificate> ofKey =
                given.stream().filter(c -> PrivateKeys.signsFor(c, key)).toList();
        if (ofKey.isEmpty()) {
            requireLeaf(given.get(0));
            throw new TlsConfigException(
                    TlsFiles.KEY,
                    files.key(),
                    "is not the key of the certificate in "
                            + TlsFiles.CERT
                            + " "
                            + pem.path()
                            + " ("
                            + CertificateNames.subject(given.get(0))
                            + ")",
                    "give the two that were issued together");
        }
        X509Certificate leaf =
                ofKey.stream().filter(OwnChain::validNow).findFirst().orElse(ofKey.get(0));
        requireLeaf(leaf);
        CertificateFiles.requireValidNow(pem, leaf, "renew it");
        Optional<String> weak = SignatureStrength.fault(leaf);
        if (weak.isPresent()) {
            throw pem.fault(
                    CertificateNames.subject(leaf) + " has " + weak.get(),
                    SignatureStrength.REMEDY);
        }
        return leaf;
    }

    private void requireLeaf(X509Certificate leaf) throws TlsConfigException {
        if (leaf.getBasicConstraints() >= 0) {
            throw pem.fault(
                    CertificateNames.subject(leaf) + " is a CA's certificate, not a host's",
                    "give the certificate that this CA issued for this side");
        }
        Optional<String> keyFault = KeyKinds.fault(leaf.getPublicKey());
        if (keyFault.isPresent()) {
            throw pem.fault("has " + keyFault.get(), KeyKinds.REMEDY);
        }
    }

    /** The chain that the peer finds if it trusts the same CAs. */
    private Optional<List<X509Certificate>> pathToAuthority(X509Certificate leaf) {
        try {
            X509CertSelector target = new X509CertSelector();
            target.setCertificate(leaf);
            Set<TrustAnchor> anchors = new HashSet<>();
            authorities.forEach(ca -> anchors.add(new TrustAnchor(ca, null)));
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, target);
            parameters.setRevocationEnabled(false);
            parameters.addCertPathChecker(new SignatureStrength.PathChecker());
            parameters.addCertStore(
                    CertStore.getInstance("Collection", new CollectionCertStoreParameters(given)));
            return Optional.of(
                    CertPathBuilder.getInstance("PKIX")
                            .build(parameters)
                            .getCertPath()
                            .getCertificates()
                            .stream()
                            .map(X509Certificate.class::cast)
                            .toList());
        } catch (GeneralSecurityException e) {
            return Optional.empty(); // No chain to our CAs; the peer may trust another CA.
        }
    }

    private List<X509Certificate> longestPath(List<X509Certificate> path) {
        List<X509Certificate> longest = path;
        if (path.size() == MAX_LENGTH) {
            return longest;
        }
        for (X509Certificate issuer : given) {
            if (!path.contains(issuer)
                    && usable(issuer)
                    && isIssuerOf(issuer, path.get(path.size() - 1))) {
                List<X509Certificate> further = new ArrayList<>(path);
                further.add(issuer);
                List<X509Certificate> found = longestPath(further);
                longest = found.size() > longest.size() ? found : longest;
            }
        }
        return List.copyOf(longest);
    }

    private static boolean usable(X509Certificate issuer) {
        return validNow(issuer)
                && issuer.getBasicConstraints() >= 0
                && !isRoot(issuer)
                && SignatureStrength.faultOfCa(issuer).isEmpty();
    }

    /**
     * Rejects a chain that stops at an issuer which is in the file but unusable, unless that issuer
     * is a root.
     */
    private void requireNothingMissing(X509Certificate top) throws TlsConfigException {
        for (X509Certificate issuer : given) {
            if (issuer.equals(top) || isRoot(issuer) || !isIssuerOf(issuer, top)) {
                continue;
            }
            CertificateFiles.requireValidNow(pem, issuer, "renew it");
            Optional<String> weak = SignatureStrength.faultOfCa(issuer);
            if (weak.isPresent()) {
                throw pem.fault(
                        CertificateNames.subject(issuer) + " has " + weak.get(),
                        SignatureStrength.REMEDY);
            }
        }
    }

    private static boolean isIssuerOf(X509Certificate issuer, X509Certificate lower) {
        return lower.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())
                && CertificateNames.isSignedBy(lower, issuer);
    }

    private static boolean isRoot(X509Certificate certificate) {
        return certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal())
                && CertificateNames.selfSigned(certificate);
    }

    private static boolean validNow(X509Certificate certificate) {
        Instant now = Instant.now();
        return !now.isBefore(certificate.getNotBefore().toInstant())
                && !now.isAfter(certificate.getNotAfter().toInstant());
    }
}
