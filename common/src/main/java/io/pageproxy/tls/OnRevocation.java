package io.pageproxy.tls;

/**
 * What happens to an active stream whose peer would no longer be accepted ({@code
 * --on-revocation}).
 */
public enum OnRevocation {
    /** The stream continues to its end. */
    FINISH,
    /** The stream is aborted immediately. */
    ABORT
}
