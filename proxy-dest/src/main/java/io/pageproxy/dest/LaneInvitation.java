package io.pageproxy.dest;

import io.pageproxy.frame.LaneGrant;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.BitSet;

/**
 * What a session has given its source so that further connections may join it: who may, which lanes
 * are still free, and until when. Safe for all threads, since connections come on any.
 */
final class LaneInvitation {
    private final LaneRegistry registry;
    private final LaneGrant grant;
    private final PeerIdentity peer;
    private final long peerTimeoutMillis;
    private final BitSet taken = new BitSet();
    private SeveralLanes lanes;
    private boolean withdrawn;

    LaneInvitation(
            LaneRegistry registry, LaneGrant grant, PeerIdentity peer, long peerTimeoutMillis) {
        this.registry = registry;
        this.grant = grant;
        this.peer = peer;
        this.peerTimeoutMillis = peerTimeoutMillis;
    }

    LaneGrant grant() {
        return grant;
    }

    /** How long the source bears silence, which it has said once for all its lanes. */
    long peerTimeoutMillis() {
        return peerTimeoutMillis;
    }

    /** From now on lanes may join. */
    void issue(SeveralLanes to) {
        synchronized (this) {
            lanes = to;
        }
        registry.add(this);
    }

    /** From now on none may: pages flow, or the session is over. */
    void withdraw() {
        synchronized (this) {
            withdrawn = true;
        }
        registry.remove(this);
    }

    /** Whether that peer is the one that the session was granted to. */
    boolean isFor(PeerIdentity other) {
        return peer.fingerprint().equals(other.fingerprint());
    }

    /**
     * Takes a lane for a connection.
     *
     * @return to whom it goes
     * @throws SessionException TUNNEL_PROTOCOL where it is not to be had
     */
    synchronized SeveralLanes take(int lane) {
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
        return lanes;
    }

    static SessionException refusal(String message) {
        return new SessionException(CloseReason.TUNNEL_PROTOCOL, message);
    }
}
