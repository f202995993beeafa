package io.pageproxy.cli.task;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.cli.options.DestinationName;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.peer.RevocationAction;
import java.time.Duration;
import java.util.function.Function;

/**
 * The destination of a task and how its certificate is judged.
 *
 * @param name its address, and the name in its certificate
 * @param policy which peers are allowed
 * @param onRevocation what becomes of a stream whose peer is no longer accepted
 * @param handshakeTimeout time limit of a handshake
 */
public record TaskDestination(
        DestinationName name,
        PeerPolicy policy,
        RevocationAction onRevocation,
        Duration handshakeTimeout) {

    /** What selects the TLS context. */
    public TlsPool.Key key() {
        return new TlsPool.Key(policy, name.verifyName().isPresent(), onRevocation);
    }

    /** Makes the TLS handler of one connection to it. */
    public Function<Channel, SslHandler> tlsHandlers(TlsPool.Lease lease) {
        return lease.peers().watching(name.tlsHandlers(lease.contexts(), handshakeTimeout));
    }
}
