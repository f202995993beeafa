package io.pageproxy.peer;

import java.security.cert.X509Certificate;
import java.util.Optional;

/** Decides which of the certificates signed by the CA may be the peer's. Thread-safe. */
public interface PeerAdmission {
    /**
     * Returns why a peer is refused.
     *
     * @param leaf the peer's own certificate, already known to be signed by the CA
     * @return the peer's names and the names that are allowed, or empty if the peer is allowed
     */
    Optional<String> refusal(X509Certificate leaf);

    /** Whether the policy names no peer at all. */
    default boolean isEmpty() {
        return false;
    }

    /** The current version of the policy; versions are equal as long as nothing has changed. */
    default Object version() {
        return "fixed";
    }

    /** Reloads the policy if it comes from a file that has changed; may block on disk access. */
    default void reloadIfChanged() {}
}
