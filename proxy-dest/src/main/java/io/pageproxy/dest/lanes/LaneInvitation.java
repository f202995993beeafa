package io.pageproxy.dest.lanes;

import io.pageproxy.frame.LaneGrant;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.BitSet;

/**
 * Lets further connections join one session: which peer may bring them, which lanes are free, and
 * until when. {@link LaneRegistry} issues and withdraws it. Thread-safe, since connections may
 * arrive on any event loop.
 */
final class LaneInvitation {
    private final LaneGrant grant;
    private final PeerIdentity peer;
    private final long peerTimeoutMillis;
    private final BitSet taken = new BitSet();
    private LaneGroup group;
    private boolean withdrawn;

    LaneInvitation(LaneGrant grant, PeerIdentity peer, long peerTimeoutMillis) {
        this.grant = grant;
        this.peer = peer;
        this.peerTimeoutMillis = peerTimeoutMillis;
    }

    LaneGrant grant() {
        return grant;
    }

    /** The peer timeout of the source, which its HELLO has announced for all its lanes. */
    long peerTimeoutMillis() {
        return peerTimeoutMillis;
    }

    synchronized void issueFor(LaneGroup lanes) {
        group = lanes;
    }

    synchronized void withdraw() {
        withdrawn = true;
    }

    /** Whether that peer is the one that the session was granted to. */
    boolean isFor(PeerIdentity other) {
        return peer.fingerprint().equals(other.fingerprint());
    }

    /**
     * Reserves a lane for a connection.
     *
     * @return the lanes that it joins
     * @throws SessionException TUNNEL_PROTOCOL if it is not available
     */
    synchronized LaneGroup take(int lane) {
        if (withdrawn) {
            throw refusal("the session takes no more lanes");
        }
        if (lane < 1 || lane >= grant.lanes()) {
            throw refusal("lane " + lane + " was not granted, only " + grant.lanes() + " were");
        }
        if (taken.get(lane)) {
            throw refusal("lane " + lane + " has joined already");
        }
        taken.set(lane);
        return group;
    }

    static SessionException refusal(String message) {
        return new SessionException(CloseReason.TUNNEL_PROTOCOL, message);
    }
}
