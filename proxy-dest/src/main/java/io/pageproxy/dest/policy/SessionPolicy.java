package io.pageproxy.dest.policy;

import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.SessionName;
import java.util.Optional;

/** Decides what an authenticated peer's session may do. Thread-safe. */
public interface SessionPolicy {
    /** Every accepted peer may use any name. */
    SessionPolicy ANY =
            new SessionPolicy() {
                @Override
                public SessionGrant admit(
                        PeerIdentity peer,
                        Optional<SessionName> session,
                        Optional<SessionName> parent) {
                    return SessionGrant.UNLIMITED;
                }

                @Override
                public SessionGrant attach(PeerIdentity peer, Optional<SessionName> session) {
                    return SessionGrant.UNLIMITED;
                }
            };

    /**
     * Admits a session before anything is created for it.
     *
     * @param session its name, if it has one
     * @param parent the session that it is based on, if any
     * @return what it may do until it ends
     * @throws io.pageproxy.session.SessionException SESSION_NOT_ALLOWED, LIMIT_EXCEEDED, or
     *     PEER_NOT_TRUSTED if the peer is no longer allowed at all
     */
    SessionGrant admit(
            PeerIdentity peer, Optional<SessionName> session, Optional<SessionName> parent);

    /**
     * Admits a connection that transfers a session's other images. It belongs to that session and
     * does not count as a session; a peer may have as many of them as sessions.
     *
     * @param session the session's name, if it has one
     * @return what it may do until it ends
     * @throws io.pageproxy.session.SessionException as {@link #admit}
     */
    SessionGrant attach(PeerIdentity peer, Optional<SessionName> session);

    /**
     * Checks an admitted session that has waited again, before its first byte is written.
     *
     * @throws io.pageproxy.session.SessionException as {@link #admit}, if a changed policy no
     *     longer allows it
     */
    default void requireStillAllowed(PeerIdentity peer, Optional<SessionName> session) {}
}
