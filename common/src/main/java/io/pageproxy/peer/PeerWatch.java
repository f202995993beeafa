package io.pageproxy.peer;

import io.netty.handler.ssl.SslHandler;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Re-verifies the peers of established connections. */
public interface PeerWatch {
    /** What happens to active streams of a peer that is no longer accepted. */
    RevocationAction onRevocation();

    /**
     * Starts to watch the peer of a connection.
     *
     * @param tls the connection's TLS handler; its handshake must be complete
     * @param onRefused called on any thread when the peer would no longer be accepted; at most once
     *     per change of the files
     */
    Watched watch(SslHandler tls, Consumer<TlsFailure> onRefused) throws SSLPeerUnverifiedException;

    /** A watched connection. */
    interface Watched {
        /**
         * Verifies the peer with the certificates, lists and policy currently in force. Reads no
         * files, and costs almost nothing if nothing has changed since the last verdict.
         *
         * @return why the peer would be refused now, or empty
         */
        Optional<TlsFailure> recheck();

        /** Stops watching; called when the connection ends. */
        void end();
    }
}
