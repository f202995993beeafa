package io.pageproxy.tls;

import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.internal.tcnative.SSL;
import io.pageproxy.certificate.HostName;
import io.pageproxy.peer.PeerVerifier;
import javax.net.ssl.SSLEngine;

/**
 * An SslContext without session resumption, so that every connection presents its certificate and
 * is verified.
 *
 * <p>Netty enables TLS 1.3 tickets for every engine it creates (in the constructor of
 * ReferenceCountedOpenSslEngine) regardless of the context; the only other switch is a system
 * property. Therefore this class disables them on each engine.
 */
final class TicketlessSslContext extends DelegatingSslContext {
    private final PeerVerifier verifier;

    TicketlessSslContext(SslContext context, PeerVerifier verifier) {
        super(context);
        this.verifier = verifier;
        ((OpenSslSessionContext) context.sessionContext()).setSessionCacheEnabled(false);
    }

    /** The verifier for the peers of this context's connections. */
    PeerVerifier verifier() {
        return verifier;
    }

    @Override
    protected void initEngine(SSLEngine engine) {
        long ssl = ((ReferenceCountedOpenSslEngine) engine).sslPointer();
        SSL.setOptions(ssl, SSL.SSL_OP_NO_TICKET);
        if (isClient() && engine.getPeerHost() != null) {
            sendName(ssl, HostName.of(engine.getPeerHost()));
        }
    }

    /** Sends SNI for names without a dot, which RFC 6066 allows but Netty omits. */
    private static void sendName(long ssl, HostName host) {
        if (host.isDnsName()) {
            SSL.setTlsExtHostName(ssl, host.toString());
        }
    }
}
