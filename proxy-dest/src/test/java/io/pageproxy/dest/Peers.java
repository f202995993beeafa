package io.pageproxy.dest;

import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerNames;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.KeepaliveHandler;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.WireCounter;

/** Authenticated peers without TLS. */
public final class Peers {
    private static final long PEER_TIMEOUT_MILLIS = 15_000;

    private Peers() {}

    /**
     * Returns a tunnel to a peer with that certificate; adds its handlers before those of the
     * channel.
     */
    public static Tunnel tunnel(EmbeddedChannel channel, String name, String fingerprint) {
        channel.pipeline()
                .addFirst(
                        new WireCounter(),
                        new FrameEncoder(),
                        new KeepaliveHandler(PEER_TIMEOUT_MILLIS));
        return new Tunnel(channel, new TlsSessionInfo("TLSv1.3", "", "", peer(name, fingerprint)));
    }

    public static PeerIdentity peer(String name, String fingerprint) {
        return new PeerIdentity(name, fingerprint, PeerNames.NONE);
    }
}
