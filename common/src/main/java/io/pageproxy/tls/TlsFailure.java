package io.pageproxy.tls;

/**
 * Why a TLS connection was not established or broke.
 *
 * @param kind the category, for exit codes and metrics
 * @param message what happened and what the operator can do
 */
public record TlsFailure(Kind kind, String message) {

    /** Categories of TLS failures. */
    public enum Kind {
        /**
         * No CA of {@code --ca} has signed the peer's certificate, or a key or signature in its
         * chain is too weak.
         */
        PEER_UNTRUSTED,
        /** The peer's certificate, or one above it, has expired or is not valid yet. */
        PEER_EXPIRED,
        /** The peer's certificate is revoked, or no current revocation list covers it. */
        PEER_REVOKED,
        /** The CA signed the peer's certificate, but no {@code --allow-*} option matches it. */
        PEER_NOT_ALLOWED,
        /**
         * The peer's certificate is not valid for the host of {@code --connect} or {@code
         * --verify-name}.
         */
        PEER_NAME_MISMATCH,
        /** A server certificate is used by a client, or the other way round. */
        WRONG_PURPOSE,
        /** The peer presented no certificate. */
        NO_CERTIFICATE,
        /** The peer does not support TLS 1.3 or a known version of the pageproxy protocol. */
        NO_COMMON_PROTOCOL,
        /** The peer did not accept our certificate. */
        REFUSED_BY_PEER,
        /** The received bytes are not TLS. */
        NOT_TLS,
        /** The handshake took longer than {@code --handshake-timeout}. */
        TIMED_OUT,
        /** Data was modified in transit. */
        ALTERED,
        /** The connection was closed without a TLS alert. */
        CLOSED,
        /** Anything else. */
        OTHER
    }
}
