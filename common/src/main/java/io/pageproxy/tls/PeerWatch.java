package io.pageproxy.tls;

import io.netty.handler.ssl.SslHandler;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Judges the peers of connections again after their handshakes. */
public interface PeerWatch {
    /** What becomes of streams under way. */
    OnRevocation onRevocation();

    /**
     * Begins to watch a connection's peer.
     *
     * @param tls whose handshake is done
     * @param onRefused hears, on any thread, that the peer would not be let in any more; at most
     *     once for each change of the files
     */
    Watched watch(SslHandler tls, Consumer<TlsFailure> onRefused) throws SSLPeerUnverifiedException;

    /** A peer that is watched. */
    interface Watched {
        /**
         * Judges it by what is in force at this moment; reads no files, and costs nothing where
         * nothing has changed since the last time.
         *
         * @return why it would not be let in now, or empty
         */
        Optional<TlsFailure> recheck();

        /** The connection is over. */
        void end();
    }
}
