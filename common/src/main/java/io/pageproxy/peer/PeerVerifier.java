package io.pageproxy.peer;

import io.pageproxy.certificate.HostName;
import io.pageproxy.certificate.KeyKinds;
import io.pageproxy.certificate.Purpose;
import io.pageproxy.certificate.SignatureStrength;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.certificate.TlsMaterial;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyStoreException;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Decides from its certificates whether a peer is accepted. Checks chain and revocation with the
 * JDK's PKIX implementation, then signature and key strength, host name, purpose and {@link
 * PeerAdmission}. It does not depend on a handshake, so peers of established connections can be
 * verified again. Thread-safe.
 */
public final class PeerVerifier {
    /** TLS 1.3 cipher suites do not determine the type of the certificate. */
    private static final String ANY_AUTH_TYPE = "UNKNOWN";

    private final X509ExtendedTrustManager pkix;
    private final PeerAdmission policy;
    private final boolean checkName;
    private final TlsFiles files;
    private final List<X509CRL> revocations;

    /**
     * @param material the CAs and revocation lists
     * @param policy which peers are allowed; if {@link PeerAdmission#isEmpty() empty}, only the
     *     host name decides
     * @param checkName whether the host name is checked too (clients only)
     */
    public PeerVerifier(TlsMaterial material, PeerAdmission policy, boolean checkName)
            throws GeneralSecurityException {
        this.pkix = pkix(material);
        this.policy = policy;
        this.checkName = checkName;
        this.files = material.files();
        this.revocations = material.revocations();
    }

    private static X509ExtendedTrustManager pkix(TlsMaterial material)
            throws GeneralSecurityException {
        Set<TrustAnchor> anchors = new HashSet<>();
        material.authorities().forEach(ca -> anchors.add(new TrustAnchor(ca, null)));
        PKIXBuilderParameters parameters =
                new PKIXBuilderParameters(anchors, new X509CertSelector());
        parameters.addCertPathChecker(new SignatureStrength.PathChecker());
        // Without a PKIXRevocationChecker the JDK consults only the CertStore: a handshake never
        // triggers OCSP or downloads.
        parameters.setRevocationEnabled(!material.revocations().isEmpty());
        parameters.addCertStore(
                CertStore.getInstance(
                        "Collection", new CollectionCertStoreParameters(material.revocations())));
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(new CertPathTrustManagerParameters(parameters));
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager extended) {
                return extended;
            }
        }
        throw new KeyStoreException("this JDK's PKIX has no X509ExtendedTrustManager");
    }

    /**
     * Verifies a peer and returns normally if it is accepted.
     *
     * @param presented the chain that the peer presented, its own certificate first
     * @param purpose the purpose that the peer's certificate must allow
     * @param host the host that this side connects to; ignored if host names are not checked
     */
    public void verify(X509Certificate[] presented, Purpose purpose, Optional<HostName> host)
            throws PeerRefusedException {
        X509Certificate[] chain = decode(presented);
        X509Certificate leaf = chain[0];
        requireListsInForce(leaf);
        try {
            if (purpose == Purpose.CLIENT) {
                pkix.checkClientTrusted(chain, ANY_AUTH_TYPE);
            } else {
                pkix.checkServerTrusted(chain, ANY_AUTH_TYPE);
            }
        } catch (CertificateException e) {
            throw PeerVerdicts.of(e, leaf, purpose, files)
                    .or(() -> firstWeakness(chain))
                    .orElseGet(() -> PeerVerdicts.untrusted(e, leaf, files));
        }
        if (checkName && !(host.isPresent() && host.get().matches(leaf))) {
            throw PeerVerdicts.misnamed(leaf, host.map(HostName::toString).orElse("no name"));
        }
        requireFit(leaf, purpose);
    }

    /**
     * Returns when a positive verdict must be checked again: the earliest expiry of the chain's
     * certificates and the revocation lists.
     */
    public Instant verdictValidUntil(X509Certificate[] presented) {
        Instant now = Instant.now();
        return Stream.concat(
                        Arrays.stream(presented).map(c -> c.getNotAfter().toInstant()),
                        revocations.stream().map(list -> list.getNextUpdate().toInstant()))
                .filter(now::isBefore)
                .min(Instant::compareTo)
                .orElse(Instant.MAX);
    }

    /**
     * Decodes the chain with the JDK's decoder first, because its errors would otherwise surface
     * inside PKIX as unspecific failures.
     */
    private static X509Certificate[] decode(X509Certificate[] presented)
            throws PeerRefusedException {
        X509Certificate[] chain = new X509Certificate[presented.length];
        for (int i = 0; i < presented.length; i++) {
            byte[] encoded = null;
            try {
                encoded = presented[i].getEncoded();
                chain[i] =
                        (X509Certificate)
                                CertificateFactory.getInstance("X.509")
                                        .generateCertificate(new ByteArrayInputStream(encoded));
            } catch (CertificateException | RuntimeException e) {
                throw PeerVerdicts.unreadable(i, encoded, e);
            }
        }
        return chain;
    }

    private static Optional<PeerRefusedException> firstWeakness(X509Certificate[] chain) {
        for (X509Certificate certificate : chain) {
            boolean ca = certificate.getBasicConstraints() >= 0;
            Optional<String> fault =
                    ca
                            ? SignatureStrength.faultOfCa(certificate)
                            : SignatureStrength.fault(certificate);
            if (fault.isPresent()) {
                return Optional.of(PeerVerdicts.weakChain(chain[0], certificate, fault.get()));
            }
        }
        return Optional.empty();
    }

    /**
     * Refuses if a revocation list has expired. The JDK alone accepts a list for 15 more minutes
     * (X509CRLSelector allows for clock skew).
     */
    private void requireListsInForce(X509Certificate leaf) throws PeerRefusedException {
        Instant now = Instant.now();
        for (X509CRL list : revocations) {
            if (now.isAfter(list.getNextUpdate().toInstant())) {
                throw PeerVerdicts.noListInForce(leaf, files);
            }
        }
    }

    private void requireFit(X509Certificate leaf, Purpose purpose) throws PeerRefusedException {
        if (!purpose.allows(leaf)) {
            throw PeerVerdicts.wrongPurpose(leaf, purpose);
        }
        Optional<String> weak = KeyKinds.fault(leaf.getPublicKey());
        if (weak.isPresent()) {
            throw PeerVerdicts.weak(leaf, weak.get());
        }
        if (!policy.isEmpty()) {
            Optional<String> refusal = policy.refusal(leaf);
            if (refusal.isPresent()) {
                throw PeerVerdicts.notAllowed(refusal.get());
            }
        }
    }
}
