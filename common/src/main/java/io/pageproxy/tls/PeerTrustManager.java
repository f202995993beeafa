package io.pageproxy.tls;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.SSL;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStoreException;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Decides within the handshake whether the peer may come in, so that a refused one hears of it by a
 * TLS alert and nothing is ever started for it: ALPN agreed, chain and revocation and host name by
 * the JDK's PKIX, purpose, key strength, {@link PeerAdmission}.
 *
 * <p>Called once per connection, on its event loop; sessions are never resumed, so there is no way
 * round it.
 */
final class PeerTrustManager extends X509ExtendedTrustManager {
    private static final X509Certificate[] NO_ISSUERS = {};

    private final X509ExtendedTrustManager pkix;
    private final PeerAdmission policy;
    private final boolean checkName;
    private final TlsFiles files;
    private final List<X509CRL> revocations;

    /**
     * @param material the CAs and revocation lists
     * @param policy who may come in; {@link PeerAdmission#isEmpty() empty} leaves that to the host
     *     name
     * @param checkName whether the engine checks the host name too (clients only)
     */
    PeerTrustManager(TlsMaterial material, PeerAdmission policy, boolean checkName)
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

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, engine, Purpose.CLIENT, pkix::checkClientTrusted, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, engine, Purpose.SERVER, pkix::checkServerTrusted, authType);
    }

    private void check(
            X509Certificate[] chain,
            SSLEngine engine,
            Purpose purpose,
            Check byPlatform,
            String authType)
            throws CertificateException {
        try {
            requireProtocol(engine);
            requireListsInForce(chain[0]);
            try {
                byPlatform.check(chain, authType, engine);
            } catch (CertificateException e) {
                throw PeerVerdicts.of(e, chain[0], purpose, files)
                        .orElseGet(() -> untrustedOrMisnamed(e, chain, authType, engine));
            }
            requireFit(chain[0], purpose);
        } catch (PeerRefusedException e) {
            throw e.withAlert();
        }
    }

    /**
     * BoringSSL settles ALPN before either side sees a certificate. Netty's engine tells it only
     * after the handshake, so this asks the library.
     */
    private static void requireProtocol(SSLEngine engine) throws PeerRefusedException {
        String agreed = SSL.getAlpnSelected(((ReferenceCountedOpenSslEngine) engine).sslPointer());
        if (!TlsContexts.ALPN_PROTOCOL.equals(agreed)) {
            throw new PeerRefusedException(
                    TlsFailure.Kind.NO_COMMON_PROTOCOL,
                    "the peer does not speak "
                            + TlsContexts.ALPN_PROTOCOL
                            + " (ALPN); connect pageproxy to pageproxy, of versions that go together");
        }
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

    /** What passes without the host name and fails with it fails for its name. */
    private PeerRefusedException untrustedOrMisnamed(
            CertificateException e, X509Certificate[] chain, String authType, SSLEngine engine) {
        if (checkName) {
            try {
                pkix.checkServerTrusted(chain, authType);
                return PeerVerdicts.misnamed(chain[0], engine.getPeerHost());
            } catch (CertificateException withoutName) {
                return PeerVerdicts.untrusted(e, chain[0], files);
            }
        }
        return PeerVerdicts.untrusted(e, chain[0], files);
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

    /**
     * None: the names of our CAs are not for strangers, and a peer with a wrong certificate then
     * shows it and hears why.
     */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return NO_ISSUERS;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("only engines are served");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("only engines are served");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        throw new CertificateException("only engines are served");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        throw new CertificateException("only engines are served");
    }

    /** One of the platform's two checks. */
    @FunctionalInterface
    private interface Check {
        void check(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException;
    }
}
