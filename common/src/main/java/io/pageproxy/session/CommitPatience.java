package io.pageproxy.session;

import java.time.Duration;

/**
 * How long the two sides bear a connection that breaks while a migration's copies change places.
 * Both go by the source's {@code --peer-timeout}, which the destination has been told.
 */
public final class CommitPatience {
    /** More than that no side waits for the other, whatever the timeout. */
    private static final Duration LONGEST = Duration.ofMinutes(3);

    /** So long the destination may take to kill a tree, once it knows that it must. */
    private static final Duration KILL_PATIENCE = Duration.ofSeconds(5);

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

    /**
     * How long the source of a lazy migration waits before its tasks run on, where it cannot hear
     * what has become of the other copy: in that time the destination has noticed that the source
     * is gone, and has killed it.
     *
     * @param destination how long the destination bears silence
     */
    public static Duration ofLazySource(Duration destination) {
        return destination.plus(KILL_PATIENCE);
    }
}
