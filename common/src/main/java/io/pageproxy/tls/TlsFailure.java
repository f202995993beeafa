package io.pageproxy.tls;

/**
 * Why a TLS connection did not come about, or broke.
 *
 * @param kind what it was, for exit codes and metrics
 * @param message what it was and what can be done, for people
 */
public record TlsFailure(Kind kind, String message) {

    /** What can go wrong between the two ends. */
    public enum Kind {
        /**
         * No CA of {@code --ca} has signed the peer's certificate, or a key or signature in its
         * chain is too weak.
         */
        PEER_UNTRUSTED,
        /** The peer's certificate, or one above it, has expired or is not valid yet. */
        PEER_EXPIRED,
        /** The peer's certificate is revoked, or no list in force says that it is not. */
        PEER_REVOKED,
        /** The CA signed the peer, but no {@code --allow-*} names it. */
        PEER_NOT_ALLOWED,
        /**
         * The peer's certificate is not for the host name that was connected to, or {@code
         * --verify-name}.
         */
        PEER_NAME_MISMATCH,
        /** A server's certificate used as a client's, or the other way round. */
        WRONG_PURPOSE,
        /** The peer has shown no certificate. */
        NO_CERTIFICATE,
        /** The peer speaks no TLS 1.3, or is no pageproxy of a version that this one knows. */
        NO_COMMON_PROTOCOL,
        /** The peer did not accept our certificate. */
        REFUSED_BY_PEER,
        /** What came is not TLS. */
        NOT_TLS,
        /** The handshake took longer than {@code --handshake-timeout}. */
        TIMED_OUT,
        /** What one end sent is not what the other received. */
        ALTERED,
        /** The connection ended without a word. */
        CLOSED,
        /** Anything else. */
        OTHER
    }
}
