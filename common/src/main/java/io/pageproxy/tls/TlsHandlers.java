package io.pageproxy.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.certificate.HostName;
import java.time.Duration;

/**
 * Creates the TLS handler of each new connection from the context currently in force. Thread-safe.
 */
public final class TlsHandlers {
    /**
     * Value of {@code setWrapDataSize} that encrypts each write into one buffer instead of one
     * buffer per TLS record.
     */
    private static final int WHOLE_WRITES = 0;

    private final ReloadingTlsContexts contexts;
    private final long handshakeTimeoutMillis;

    /**
     * @param contexts contexts of this side
     * @param handshakeTimeout after which an unfinished handshake fails and the connection is
     *     closed; positive
     */
    public TlsHandlers(ReloadingTlsContexts contexts, Duration handshakeTimeout) {
        if (handshakeTimeout.toMillis() <= 0) {
            throw new IllegalArgumentException(
                    "--handshake-timeout " + handshakeTimeout + ": give one of at least 1 ms");
        }
        this.contexts = contexts;
        this.handshakeTimeoutMillis = handshakeTimeout.toMillis();
    }

    /**
     * Creates the handler of an accepted connection, or of an outgoing one to a peer without a
     * known name, on which a policy must decide. The pipeline owns it.
     */
    public SslHandler newHandler(ByteBufAllocator allocator) {
        return withTimeout(contexts.current().newHandler(allocator));
    }

    /**
     * Creates the handler of an outgoing connection. The pipeline owns it.
     *
     * @param name the name sent as SNI and, if host names are checked, required in the peer's
     *     certificate: {@code --verify-name}, else the host of {@code --connect} (a DNS name, or an
     *     IP address without brackets)
     * @param port the peer's port
     */
    public SslHandler newClientHandler(ByteBufAllocator allocator, String name, int port) {
        String canonical = HostName.of(name).toString();
        return withTimeout(contexts.current().newHandler(allocator, canonical, port));
    }

    private SslHandler withTimeout(SslHandler handler) {
        handler.setHandshakeTimeoutMillis(handshakeTimeoutMillis);
        handler.setWrapDataSize(WHOLE_WRITES);
        return handler;
    }
}
