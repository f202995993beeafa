package io.pageproxy.tls;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.SSL;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Asks the {@link PeerVerifier} within the handshake, so that a refused peer hears of it by a TLS
 * alert and nothing is ever started for it. ALPN must have been agreed too.
 *
 * <p>Called once per connection, on its event loop; sessions are never resumed, so there is no way
 * round it.
 */
final class PeerTrustManager extends X509ExtendedTrustManager {
    private static final X509Certificate[] NO_ISSUERS = {};

    private final PeerVerifier verifier;

    PeerTrustManager(PeerVerifier verifier) {
        this.verifier = verifier;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, engine, Purpose.CLIENT);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, engine, Purpose.SERVER);
    }

    private void check(X509Certificate[] chain, SSLEngine engine, Purpose purpose)
            throws CertificateException {
        try {
            requireProtocol(engine);
            verifier.verify(
                    chain, purpose, Optional.ofNullable(engine.getPeerHost()).map(HostName::of));
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
}
