package io.pageproxy.dest.lazy;

import io.pageproxy.peer.PeerIdentity;
import java.util.Optional;

/** The lazy migrations that wait for a session to bring the memory of their tree. Thread-safe. */
public interface LazyMigrations {
    /** The migration of that peer that waits for a lazy session of that name. */
    Optional<LazyTarget> find(Optional<String> session, PeerIdentity peer);
}
