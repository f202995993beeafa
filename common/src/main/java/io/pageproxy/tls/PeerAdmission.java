package io.pageproxy.tls;

import java.security.cert.X509Certificate;
import java.util.Optional;

/** Decides who, of all that the CA has signed, may be the peer. Safe for all threads. */
public interface PeerAdmission {
    /**
     * Why a peer is refused.
     *
     * @param leaf the peer's own certificate, already known to be signed by the CA
     * @return what it is and what it would have to be, or empty if it is allowed
     */
    Optional<String> refusal(X509Certificate leaf);

    /** Whether nothing is said about who may be the peer. */
    default boolean isEmpty() {
        return false;
    }

    /** Which version decides: an object that equals another one as long as nothing has changed. */
    default Object version() {
        return "fixed";
    }

    /** Takes up a change, where it is read from a file; may block on the disk. */
    default void lookForChanges() {}
}
