package io.pageproxy.tls;

import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.internal.tcnative.SSL;
import javax.net.ssl.SSLEngine;

/**
 * A context whose sessions are never resumed, so that every connection shows its certificate and is
 * judged anew.
 *
 * <p>Netty turns TLS 1.3 tickets on again for every engine it makes (ReferenceCountedOpenSslEngine,
 * its constructor), whatever the context says; the only other switch is a system property. So this
 * turns them off engine by engine.
 */
final class TicketlessSslContext extends DelegatingSslContext {
    private final PeerVerifier verifier;

    TicketlessSslContext(SslContext context, PeerVerifier verifier) {
        super(context);
        this.verifier = verifier;
        ((OpenSslSessionContext) context.sessionContext()).setSessionCacheEnabled(false);
    }

    /** What decides on the peers of its connections. */
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

    /** Netty sends no SNI for a name without a dot, though RFC 6066 allows it. */
    private static void sendName(long ssl, HostName host) {
        if (host.isDnsName()) {
            SSL.setTlsExtHostName(ssl, host.toString());
        }
    }
}
