package io.pageproxy.tls;

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
 * Decides by its certificates whether a peer may come in: chain and revocation by the JDK's PKIX,
 * the strength of signatures and keys, host name, purpose, {@link PeerAdmission}. It needs no
 * handshake, so that a peer whose handshake is long over can be judged again. Thread-safe.
 */
final class PeerVerifier {
    /** In TLS 1.3 the cipher suite says nothing about the certificate. */
    private static final String ANY_AUTH_TYPE = "UNKNOWN";

    private final X509ExtendedTrustManager pkix;
    private final PeerAdmission policy;
    private final boolean checkName;
    private final TlsFiles files;
    private final List<X509CRL> revocations;

    /**
     * @param material the CAs and revocation lists
     * @param policy who may come in; {@link PeerAdmission#isEmpty() empty} leaves that to the host
     *     name
     * @param checkName whether the host name is checked too (clients only)
     */
    PeerVerifier(TlsMaterial material, PeerAdmission policy, boolean checkName)
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
        // Without a PKIXRevocationChecker the JDK asks nothing but the store: no OCSP and no
        // downloads in a handshake.
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
     * Returns if the peer may come in now.
     *
     * @param shown what the peer has shown, its own certificate first
     * @param purpose what the peer's certificate must be for
     * @param host the host that was connected to; not asked where host names are not checked
     */
    void verify(X509Certificate[] shown, Purpose purpose, Optional<HostName> host)
            throws PeerRefusedException {
        X509Certificate[] chain = decoded(shown);
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
                    .or(() -> weakest(chain))
                    .orElseGet(() -> PeerVerdicts.untrusted(e, leaf, files));
        }
        if (checkName && !(host.isPresent() && host.get().matches(leaf))) {
            throw PeerVerdicts.misnamed(leaf, host.map(HostName::toString).orElse("no name"));
        }
        requireFit(leaf, purpose);
    }

    /**
     * The next moment at which time alone may change the verdict, if it was a good one: something
     * in the chain or a revocation list expires.
     */
    Instant verdictHoldsUntil(X509Certificate[] shown) {
        Instant now = Instant.now();
        return Stream.concat(
                        Arrays.stream(shown).map(c -> c.getNotAfter().toInstant()),
                        revocations.stream().map(list -> list.getNextUpdate().toInstant()))
                .filter(now::isBefore)
                .min(Instant::compareTo)
                .orElse(Instant.MAX);
    }

    /** By the JDK's own decoder, whose complaints would otherwise come in the midst of PKIX. */
    private static X509Certificate[] decoded(X509Certificate[] shown) throws PeerRefusedException {
        X509Certificate[] chain = new X509Certificate[shown.length];
        for (int i = 0; i < shown.length; i++) {
            byte[] encoded = null;
            try {
                encoded = shown[i].getEncoded();
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

    private static Optional<PeerRefusedException> weakest(X509Certificate[] chain) {
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
     * The JDK takes a list for 15 minutes after it has expired (X509CRLSelector with clock skew);
     * we do not.
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
