package io.pageproxy.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.pageproxy.tls.TestPki.Issued;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLException;

/**
 * Peers that accept every certificate and present any certificate, so that only the other end
 * refuses.
 */
final class TestPeers {
    static final String TLS_1_3 = "TLSv1.3";

    private TestPeers() {}

    static SslContext client(Issued issued, String protocol, String alpn) throws SSLException {
        return common(
                SslContextBuilder.forClient()
                        .keyManager(issued.keys().getPrivate(), chain(issued))
                        .endpointIdentificationAlgorithm(null),
                protocol,
                alpn);
    }

    static SslContext client(Issued issued) throws SSLException {
        return client(issued, TLS_1_3, PeerTrustManager.ALPN_PROTOCOL);
    }

    static SslContext clientWithoutCertificate() throws SSLException {
        return common(
                SslContextBuilder.forClient().endpointIdentificationAlgorithm(null),
                TLS_1_3,
                PeerTrustManager.ALPN_PROTOCOL);
    }

    static SslContext server(Issued issued, String protocol, String alpn) throws SSLException {
        return common(
                SslContextBuilder.forServer(issued.keys().getPrivate(), chain(issued))
                        .clientAuth(ClientAuth.REQUIRE),
                protocol,
                alpn);
    }

    static SslContext server(Issued issued) throws SSLException {
        return server(issued, TLS_1_3, PeerTrustManager.ALPN_PROTOCOL);
    }

    private static X509Certificate[] chain(Issued issued) {
        return issued.chain().toArray(X509Certificate[]::new);
    }

    private static SslContext common(SslContextBuilder builder, String protocol, String alpn)
            throws SSLException {
        return builder.sslProvider(SslProvider.OPENSSL)
                .protocols(protocol)
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .applicationProtocolConfig(
                        new ApplicationProtocolConfig(
                                Protocol.ALPN,
                                SelectorFailureBehavior.NO_ADVERTISE,
                                SelectedListenerFailureBehavior.ACCEPT,
                                alpn))
                .build();
    }
}
