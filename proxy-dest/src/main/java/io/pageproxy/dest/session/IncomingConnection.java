package io.pageproxy.dest.session;

import io.netty.channel.EventLoop;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.tunnel.Tunnel;

/**
 * An authenticated connection whose first frame has arrived and which no session owns yet.
 *
 * @param tunnel the connection
 * @param loop its event loop
 * @param facts what is known of the peer
 */
public record IncomingConnection(Tunnel tunnel, EventLoop loop, SessionFacts facts) {
    /** The authenticated peer. */
    public PeerIdentity peer() {
        return tunnel.security().peer();
    }
}
