package io.pageproxy.dest.accept;

import io.netty.channel.Channel;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Limits the connections of authenticated peers that belong to no session: the peer has not sent
 * its first frame, was refused, or only probed. A peer may have {@link #MAX_PER_PEER} of them. One
 * more replaces the oldest, as in {@link HandshakeLimiter}: a source sends its first frame at once,
 * so the oldest connection most likely serves no purpose.
 *
 * <p>Thread-safe.
 */
public final class PendingConnections {
    /** More than all lanes of a few sessions that begin within one round trip. */
    static final int MAX_PER_PEER = 64;

    private final Map<String, Set<Channel>> byPeer = new HashMap<>();

    /** No connection is pending. */
    public PendingConnections() {}

    /**
     * A peer was authenticated on that connection, which counts until {@link #end} or its close.
     */
    void begin(Channel channel, PeerIdentity peer) {
        String fingerprint = peer.fingerprint();
        synchronized (this) {
            Set<Channel> pending =
                    byPeer.computeIfAbsent(fingerprint, first -> new LinkedHashSet<>());
            if (pending.size() >= MAX_PER_PEER) {
                Iterator<Channel> oldest = pending.iterator();
                turnAway(oldest.next());
                oldest.remove();
            }
            pending.add(channel);
        }
        channel.closeFuture().addListener(closed -> end(channel, peer));
    }

    /** The connection belongs to a session now, or is closed. */
    synchronized void end(Channel channel, PeerIdentity peer) {
        byPeer.computeIfPresent(
                peer.fingerprint(),
                (fingerprint, pending) -> {
                    pending.remove(channel);
                    return pending.isEmpty() ? null : pending;
                });
    }

    /** The number of pending connections of that peer. */
    synchronized int count(PeerIdentity peer) {
        return byPeer.getOrDefault(peer.fingerprint(), Set.of()).size();
    }

    /** Closes at once: connections that linger over a last frame would exceed the limit. */
    private static void turnAway(Channel channel) {
        SessionException why =
                new SessionException(
                        CloseReason.LIMIT_EXCEEDED,
                        "this peer has opened more than "
                                + MAX_PER_PEER
                                + " connections without a session, so this one was closed");
        channel.eventLoop()
                .execute(
                        () -> {
                            channel.pipeline().fireExceptionCaught(why);
                            channel.close();
                        });
    }
}
