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
    TicketlessSslContext(SslContext context) {
        super(context);
        ((OpenSslSessionContext) context.sessionContext()).setSessionCacheEnabled(false);
    }

    @Override
    protected void initEngine(SSLEngine engine) {
        SSL.setOptions(((ReferenceCountedOpenSslEngine) engine).sslPointer(), SSL.SSL_OP_NO_TICKET);
    }
}
