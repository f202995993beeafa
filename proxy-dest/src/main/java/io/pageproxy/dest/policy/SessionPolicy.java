package io.pageproxy.dest.policy;

import io.pageproxy.session.SessionName;
import io.pageproxy.tls.PeerIdentity;
import java.util.Optional;

/** Decides what an authenticated peer's session may do. Safe for all threads. */
public interface SessionPolicy {
    /** Whoever is let in may use any name. */
    SessionPolicy ANY = (peer, session, parent) -> SessionGrant.UNLIMITED;

    /**
     * Takes up a session, before anything of it is made.
     *
     * @param session its name; empty: none
     * @param parent the session that it builds on; empty: none
     * @return what it may do until it is over
     * @throws io.pageproxy.session.SessionException SESSION_NOT_ALLOWED, LIMIT_EXCEEDED, or
     *     PEER_NOT_TRUSTED where the peer is no longer allowed at all
     */
    SessionGrant admit(
            PeerIdentity peer, Optional<SessionName> session, Optional<SessionName> parent);
}
