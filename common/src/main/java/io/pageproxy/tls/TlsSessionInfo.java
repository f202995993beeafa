package io.pageproxy.tls;

import io.netty.handler.ssl.OpenSslSession;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.AuthenticatedPeer;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * The parameters negotiated in a handshake, for logs and the summary.
 *
 * @param protocol {@code TLSv1.3}
 * @param cipherSuite such as {@code TLS_AES_128_GCM_SHA256}
 * @param group key agreement group, such as {@code X25519MLKEM768}
 * @param peer the peer's identity
 */
public record TlsSessionInfo(String protocol, String cipherSuite, String group, PeerIdentity peer) {

    /** The subset that is reported about a finished session. */
    public AuthenticatedPeer authenticatedPeer() {
        return new AuthenticatedPeer(peer.name(), cipherSuite, group);
    }

    /**
     * Reads the parameters from a handler whose handshake is complete.
     *
     * @throws SSLPeerUnverifiedException if the handshake is not done
     */
    public static TlsSessionInfo of(SslHandler handler) throws SSLPeerUnverifiedException {
        OpenSslSession session = (OpenSslSession) handler.engine().getSession();
        return new TlsSessionInfo(
                session.getProtocol(),
                session.getCipherSuite(),
                String.valueOf(session.getNamedGroup()),
                PeerIdentity.of(session));
    }
}
