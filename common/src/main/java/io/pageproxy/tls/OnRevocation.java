package io.pageproxy.tls;

/**
 * What becomes of a stream under way whose peer would not be let in any more ({@code
 * --on-revocation}).
 */
public enum OnRevocation {
    /** It goes on to its end. */
    FINISH,
    /** It ends at once. */
    ABORT
}
