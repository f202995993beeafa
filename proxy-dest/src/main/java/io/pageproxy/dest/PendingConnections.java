package io.pageproxy.dest;

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
 * The connections of authenticated peers that belong to no session: the peer has not said what it
 * wants yet, was refused, or asked something that makes no session. A peer may have {@link
 * #MOST_PER_PEER} of them. One more takes the place of the oldest, as in the handshake: a source
 * says what it wants at once, so the oldest is one that only holds its place.
 *
 * <p>Safe for all threads.
 */
final class PendingConnections {
    /** More than all lanes of a few sessions that begin within one round trip. */
    static final int MOST_PER_PEER = 64;

    private final Map<String, Set<Channel>> byPeer = new HashMap<>();

    /** A connection's peer has been authenticated. It counts until {@link #end} or its close. */
    void begin(Channel channel, PeerIdentity peer) {
        String fingerprint = peer.fingerprint();
        synchronized (this) {
            Set<Channel> pending =
                    byPeer.computeIfAbsent(fingerprint, first -> new LinkedHashSet<>());
            if (pending.size() >= MOST_PER_PEER) {
                Iterator<Channel> oldest = pending.iterator();
                turnAway(oldest.next());
                oldest.remove();
            }
            pending.add(channel);
        }
        channel.closeFuture().addListener(closed -> end(channel, peer));
    }

    /** It belongs to a session now, or is closed. */
    synchronized void end(Channel channel, PeerIdentity peer) {
        byPeer.computeIfPresent(
                peer.fingerprint(),
                (fingerprint, pending) -> {
                    pending.remove(channel);
                    return pending.isEmpty() ? null : pending;
                });
    }

    /** How many that peer has. */
    synchronized int count(PeerIdentity peer) {
        return byPeer.getOrDefault(peer.fingerprint(), Set.of()).size();
    }

    /** Its last word does not keep it open: else many of them could be on their way out. */
    private static void turnAway(Channel channel) {
        SessionException why =
                new SessionException(
                        CloseReason.LIMIT_EXCEEDED,
                        "this peer has opened more than "
                                + MOST_PER_PEER
                                + " connections without a session, and this one had to go");
        channel.eventLoop()
                .execute(
                        () -> {
                            channel.pipeline().fireExceptionCaught(why);
                            channel.close();
                        });
    }
}
