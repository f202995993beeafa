package io.pageproxy.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;

/**
 * Makes the TLS handler of each new connection from the context that is then in force. Thread-safe.
 */
public final class TlsHandlers {
    /** Each write is encrypted into one buffer, instead of one a TLS record. */
    private static final int WHOLE_WRITES = 0;

    private final ReloadingTlsContexts contexts;
    private final long handshakeTimeoutMillis;

    /**
     * @param contexts of the side this is for
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

    /** The handler of a connection that was accepted. The pipeline it is added to owns it. */
    public SslHandler newServerHandler(ByteBufAllocator allocator) {
        return withTimeout(contexts.current().newHandler(allocator));
    }

    /**
     * The handler of a connection that is made. The pipeline it is added to owns it.
     *
     * @param name what is sent as SNI and, where host names are checked, what the peer's
     *     certificate must bear: {@code --verify-name}, else the host of {@code --connect} (a DNS
     *     name, or an IP address without brackets)
     * @param port the peer's port
     */
    public SslHandler newClientHandler(ByteBufAllocator allocator, String name, int port) {
        String canonical = HostName.of(name).toString();
        return withTimeout(contexts.current().newHandler(allocator, canonical, port));
    }

    /**
     * The handler of a connection that is made to where no name is known to check the peer by: a
     * policy must say who it may be. The pipeline it is added to owns it.
     */
    public SslHandler newClientHandler(ByteBufAllocator allocator) {
        return withTimeout(contexts.current().newHandler(allocator));
    }

    private SslHandler withTimeout(SslHandler handler) {
        handler.setHandshakeTimeoutMillis(handshakeTimeoutMillis);
        handler.setWrapDataSize(WHOLE_WRITES);
        return handler;
    }
}
