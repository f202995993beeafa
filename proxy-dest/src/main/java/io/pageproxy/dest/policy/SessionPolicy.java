package io.pageproxy.dest.policy;

import io.pageproxy.session.SessionName;
import io.pageproxy.tls.PeerIdentity;
import java.util.Optional;

/** Decides what an authenticated peer's session may do. Safe for all threads. */
public interface SessionPolicy {
    /** Whoever is let in may use any name. */
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

    /**
     * Takes up what brings a session's other images. It is part of that session, and counts for
     * none of its own: a peer may have as many of them as sessions.
     *
     * @param session its name; empty: none
     * @return what it may do until it is over
     * @throws io.pageproxy.session.SessionException as {@link #admit}
     */
    SessionGrant attach(PeerIdentity peer, Optional<SessionName> session);

    /**
     * Checks once more a session that was taken up and has waited, before the first of it is
     * written.
     *
     * @throws io.pageproxy.session.SessionException as {@link #admit}, where a changed policy does
     *     not allow it any more
     */
    default void requireStillAllowed(PeerIdentity peer, Optional<SessionName> session) {}
}
