package io.pageproxy.dest;

import io.pageproxy.frame.Frame.Join;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.Tunnel;
import io.pageproxy.tls.PeerIdentity;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The sessions that await lanes, by their tokens. A token is 32 random bytes, and is looked up by
 * its SHA-256: how long that takes tells nothing of any token. Safe for all threads.
 */
final class LaneRegistry {
    private static final int TOKEN_BYTES = 32;

    private final SecureRandom random = new SecureRandom();
    private final Map<String, LaneInvitation> invitations = new ConcurrentHashMap<>();

    /**
     * An invitation with a new token, of no effect before {@link LaneInvitation#issue}.
     *
     * @param lanes how many are granted; 2 or more
     * @param peer who may bring them
     */
    LaneInvitation invite(int lanes, PeerIdentity peer, long peerTimeoutMillis) {
        byte[] token = new byte[TOKEN_BYTES];
        random.nextBytes(token);
        LaneGrant grant = new LaneGrant(lanes, HexFormat.of().formatHex(token));
        return new LaneInvitation(this, grant, peer, peerTimeoutMillis);
    }

    void add(LaneInvitation invitation) {
        invitations.put(digest(invitation.grant().token()), invitation);
    }

    void remove(LaneInvitation invitation) {
        invitations.remove(digest(invitation.grant().token()));
    }

    /** How many sessions await lanes. */
    int size() {
        return invitations.size();
    }

    /**
     * Makes a connection a lane of the session whose token it has; on the connection's event loop.
     * From then on the session hears what happens on it.
     *
     * @throws io.pageproxy.session.SessionException TUNNEL_PROTOCOL where it may not be one; the
     *     session, if there is one, hears nothing of that. A wrong token and another's token are
     *     answered alike
     */
    void join(Join join, Tunnel tunnel) {
        LaneInvitation invitation = invitations.get(digest(join.token()));
        if (invitation == null || !invitation.isFor(tunnel.security().peer())) {
            throw LaneInvitation.refusal("no session of this peer awaits a lane with that token");
        }
        SeveralLanes lanes = invitation.take(join.lane());
        LaneCredit credit = new LaneCredit(tunnel);
        tunnel.peerExpects(invitation.peerTimeoutMillis());
        tunnel.handOver(new DestLane(join.lane(), credit, lanes));
        EventLoops.tell(lanes.loop(), () -> lanes.admit(join.lane(), credit));
    }

    private static String digest(String token) {
        try {
            byte[] bytes = token.getBytes(StandardCharsets.US_ASCII);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
