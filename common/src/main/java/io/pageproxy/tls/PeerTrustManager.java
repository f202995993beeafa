package io.pageproxy.tls;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.CertificateVerifier;
import io.netty.internal.tcnative.SSL;
import io.pageproxy.certificate.HostName;
import io.pageproxy.certificate.Purpose;
import io.pageproxy.peer.PeerRefusedException;
import io.pageproxy.peer.PeerVerifier;
import io.pageproxy.session.CloseReason;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Runs the {@link PeerVerifier} during the handshake, so that a refused peer receives a TLS alert
 * and nothing is started for it. Also requires that ALPN has been negotiated.
 *
 * <p>Called once per connection on its event loop. Sessions are never resumed, so the check cannot
 * be bypassed.
 */
final class PeerTrustManager extends X509ExtendedTrustManager {
    /** The only ALPN protocol that is offered or accepted. */
    static final String ALPN_PROTOCOL = "pageproxy/1";

    /** What a peer is told that has no protocol in common with us. */
    static final String OTHER_PROTOCOL =
            "the peer does not speak "
                    + ALPN_PROTOCOL
                    + " (ALPN): it is no pageproxy, or one of another major version; upgrade the"
                    + " older of the two";

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
     * BoringSSL negotiates ALPN before either side sees a certificate, but Netty's engine exposes
     * the result only after the handshake, so this asks the library directly.
     */
    private static void requireProtocol(SSLEngine engine) throws PeerRefusedException {
        String agreed = SSL.getAlpnSelected(((ReferenceCountedOpenSslEngine) engine).sslPointer());
        if (!ALPN_PROTOCOL.equals(agreed)) {
            throw new PeerRefusedException(
                    CloseReason.TUNNEL_PROTOCOL,
                    CertificateVerifier.X509_V_ERR_APPLICATION_VERIFICATION,
                    OTHER_PROTOCOL);
        }
    }

    /**
     * Returns none, so that the names of our CAs are not disclosed to unauthenticated peers, and a
     * peer with a wrong certificate sends it and receives a specific alert.
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
