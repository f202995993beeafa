package io.pageproxy.dest;

import io.pageproxy.dest.session.Tokens;
import io.pageproxy.frame.Frame.Join;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.net.EventLoops;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.tunnel.Tunnel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The sessions that await lanes, by their {@link Tokens}. Safe for all threads. */
final class LaneRegistry {
    private final Map<String, LaneInvitation> invitations = new ConcurrentHashMap<>();

    /**
     * An invitation with a new token, of no effect before {@link LaneInvitation#issue}.
     *
     * @param lanes how many are granted; 2 or more
     * @param peer who may bring them
     */
    LaneInvitation invite(int lanes, PeerIdentity peer, long peerTimeoutMillis) {
        LaneGrant grant = new LaneGrant(lanes, Tokens.fresh());
        return new LaneInvitation(this, grant, peer, peerTimeoutMillis);
    }

    void add(LaneInvitation invitation) {
        invitations.put(Tokens.digest(invitation.grant().token()), invitation);
    }

    void remove(LaneInvitation invitation) {
        invitations.remove(Tokens.digest(invitation.grant().token()));
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
        LaneInvitation invitation = invitations.get(Tokens.digest(join.token()));
        if (invitation == null || !invitation.isFor(tunnel.security().peer())) {
            throw LaneInvitation.refusal("no session of this peer awaits a lane with that token");
        }
        SeveralLanes lanes = invitation.take(join.lane());
        LaneCredit credit = new LaneCredit(tunnel);
        tunnel.setPeerTimeoutMillis(invitation.peerTimeoutMillis());
        tunnel.setListener(new DestLane(join.lane(), credit, lanes));
        EventLoops.tryExecute(lanes.loop(), () -> lanes.admit(join.lane(), credit));
    }
}
