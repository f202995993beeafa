package io.pageproxy.frame;

/**
 * How many connections carry one session's blocks.
 *
 * @param lanes 1 to {@value #MAX_LANES}, the session's own connection included
 * @param token what a further connection must say to become one of them: a secret of 64 hex digits;
 *     empty where there is none
 */
public record LaneGrant(int lanes, String token) {
    /** No session has more. */
    public static final int MAX_LANES = 16;

    /** The session's own connection only. */
    public static final LaneGrant ONE = new LaneGrant(1, "");

    /** Whether further connections are to come. */
    public boolean several() {
        return lanes > 1;
    }

    /** Without the token, which is a secret. */
    @Override
    public String toString() {
        return lanes + " lanes";
    }
}
