package io.pageproxy.dest.lanes;

import io.pageproxy.dest.session.ConnectionHandler;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.dest.session.Tokens;
import io.pageproxy.frame.Frame.Join;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.net.EventLoops;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelHandler;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The sessions that await further lanes, by the digest of their {@link Tokens}. Thread-safe. */
public final class LaneRegistry implements ConnectionHandler<Join> {
    private final Map<String, LaneInvitation> invitations = new ConcurrentHashMap<>();

    /** No session awaits lanes. */
    public LaneRegistry() {}

    /**
     * An invitation with a new token, without effect until {@link #issue}.
     *
     * @param lanes how many lanes are granted; at least 2
     * @param peer who may bring them
     */
    LaneInvitation invite(int lanes, PeerIdentity peer, long peerTimeoutMillis) {
        return new LaneInvitation(new LaneGrant(lanes, Tokens.fresh()), peer, peerTimeoutMillis);
    }

    /** From now on lanes may join that group. */
    void issue(LaneInvitation invitation, LaneGroup group) {
        invitation.issueFor(group);
        invitations.put(Tokens.digest(invitation.grant().token()), invitation);
    }

    /** From now on none may: the stream has begun, or the session is over. */
    void withdraw(LaneInvitation invitation) {
        invitation.withdraw();
        invitations.remove(Tokens.digest(invitation.grant().token()));
    }

    /** The number of sessions that await lanes. */
    public int size() {
        return invitations.size();
    }

    /**
     * Makes a connection a lane of the session with its token.
     *
     * @throws io.pageproxy.session.SessionException TUNNEL_PROTOCOL if it may not join; the session
     *     is not affected. An unknown token and another peer's token get the same answer
     */
    @Override
    public Optional<ServedSession> take(IncomingConnection connection, Join join) {
        LaneInvitation invitation = invitations.get(Tokens.digest(join.token()));
        if (invitation == null || !invitation.isFor(connection.peer())) {
            throw LaneInvitation.refusal("no session of this peer awaits a lane with that token");
        }
        LaneGroup group = invitation.take(join.lane());
        Tunnel tunnel = connection.tunnel();
        LaneCredit credit = new LaneCredit(tunnel);
        tunnel.setPeerTimeoutMillis(invitation.peerTimeoutMillis());
        TunnelHandler.setListener(tunnel, new DestLane(join.lane(), credit, group));
        EventLoops.tryExecute(group.loop(), () -> group.admit(join.lane(), credit));
        tunnel.expectBlocks();
        return Optional.empty();
    }
}
