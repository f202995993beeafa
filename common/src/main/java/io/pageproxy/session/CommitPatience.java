package io.pageproxy.session;

import java.time.Duration;

/**
 * How long the two sides bear a connection that breaks while a migration's copies change places.
 * Both go by the source's {@code --peer-timeout}, which the destination has been told.
 */
public final class CommitPatience {
    /** More than that no side waits for the other, whatever the timeout. */
    private static final Duration LONGEST = Duration.ofMinutes(3);

    private CommitPatience() {}

    /** How long the source tries to reach the destination again. */
    public static Duration ofSource(Duration peerTimeout) {
        return peerTimeout.compareTo(LONGEST) < 0 ? peerTimeout : LONGEST;
    }

    /**
     * How long the destination holds what it has restored, and remembers what has become of it: the
     * source may take that time once to notice, twice to end its tasks, and once to try again.
     */
    public static Duration ofDestination(Duration peerTimeout) {
        return ofSource(peerTimeout).multipliedBy(4);
    }
}
