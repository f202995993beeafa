package io.pageproxy.frame;

/**
 * Permission to spread a session's blocks over several connections (lanes).
 *
 * @param lanes 1 to {@value #MAX_LANES}, including the session's own connection
 * @param token secret of 64 hex digits that a further connection must present to join; empty if
 *     there is only one lane
 */
public record LaneGrant(int lanes, String token) {
    /** Maximum number of lanes of a session. */
    public static final int MAX_LANES = 16;

    /** Only the session's own connection. */
    public static final LaneGrant ONE = new LaneGrant(1, "");

    /** Whether there are further lanes. */
    public boolean hasSeveralLanes() {
        return lanes > 1;
    }

    /** Without the token, which is a secret. */
    @Override
    public String toString() {
        return lanes + " lanes";
    }
}
