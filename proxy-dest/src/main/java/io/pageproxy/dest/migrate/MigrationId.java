package io.pageproxy.dest.migrate;

import io.pageproxy.dest.session.Tokens;
import io.pageproxy.peer.PeerIdentity;
import java.util.Optional;

/**
 * The keys by which a migration is found.
 *
 * @param session the session's name
 * @param peer the source
 * @param token authenticates the source's Recommit on another connection
 */
record MigrationId(Optional<String> session, PeerIdentity peer, String token) {
    /** Creates an id with a new token. */
    static MigrationId of(Optional<String> session, PeerIdentity peer) {
        return new MigrationId(session, peer, Tokens.fresh());
    }
}
