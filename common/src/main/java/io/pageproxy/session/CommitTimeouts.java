package io.pageproxy.session;

import java.time.Duration;

/**
 * Timeouts of both sides for a connection that breaks while a migration hands over from one copy to
 * the other. Both sides derive them from a {@code --peer-timeout} that they have told each other.
 */
public final class CommitTimeouts {
    /** Upper bound of the time for which a source sends Recommit. */
    private static final Duration MAX_RECOMMIT = Duration.ofMinutes(3);

    /** Time that a destination needs to kill a tree once it knows that it must. */
    private static final Duration KILL = Duration.ofSeconds(5);

    private CommitTimeouts() {}

    /**
     * How long a source tries to reach the destination again.
     *
     * @param peerTimeout the source's
     */
    public static Duration recommit(Duration peerTimeout) {
        return peerTimeout.compareTo(MAX_RECOMMIT) < 0 ? peerTimeout : MAX_RECOMMIT;
    }

    /**
     * How long a destination keeps a restored copy that it may neither run nor kill, and remembers
     * its outcome afterwards. A source may need {@link #recommit} once to notice that the
     * connection is lost, twice to end its tasks, and once to reach the destination again.
     *
     * @param peerTimeout the source's
     */
    public static Duration undecidedCopy(Duration peerTimeout) {
        return recommit(peerTimeout).multipliedBy(4);
    }

    /**
     * How long the source of a lazy migration waits before it resumes its tasks when it cannot ask
     * for the outcome: by then the destination has noticed that the source is gone, and has killed
     * its copy.
     *
     * @param peerTimeout the destination's
     */
    public static Duration lazyResume(Duration peerTimeout) {
        return peerTimeout.plus(KILL);
    }
}
