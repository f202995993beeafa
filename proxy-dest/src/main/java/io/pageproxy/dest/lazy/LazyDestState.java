package io.pageproxy.dest.lazy;

import io.pageproxy.session.SessionState;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * States of a {@link LazyDestSession}.
 *
 * <pre>
 *  PREPARING --daemon started / ACCEPT--> SERVING --CLOSE of our child / status 0--> EXITING
 *                                            |                                          |
 *         CLOSE of an operator's daemon,     |                                          |
 *         all requests answered / status 0   |                                 exits with 0
 *                                            v                                          |
 *                                        COMPLETING <-----------------------------------+
 *                                            |
 *                         tree is whole / DONE
 *                                            v
 *                                        RELEASING --DELIVERED--> OVER
 *
 *  every state --ABORT, any failure / ABORT, the daemon loses its socket--> OVER
 * </pre>
 */
enum LazyDestState implements SessionState<LazyDestState> {
    /** A worker starts the daemon. */
    PREPARING,
    /** The daemon's requests go to the source, and pages come back. */
    SERVING,
    /** The daemon has sent CLOSE; its exit status decides whether it has succeeded. */
    EXITING,
    /** The daemon has succeeded; a tree that a migration restores may not be running yet. */
    COMPLETING,
    /** The source has been told that it may end its tasks. */
    RELEASING,
    /** The outcome is known; the daemon or the tunnel may still be closing. */
    OVER;

    @Override
    public Set<LazyDestState> successors() {
        return switch (this) {
            case PREPARING -> EnumSet.of(SERVING, OVER);
            case SERVING -> EnumSet.of(EXITING, COMPLETING, OVER);
            case EXITING -> EnumSet.of(COMPLETING, OVER);
            case COMPLETING -> EnumSet.of(RELEASING, OVER);
            case RELEASING -> EnumSet.of(OVER);
            case OVER -> EnumSet.noneOf(LazyDestState.class);
        };
    }

    /** The state as status pages and messages show it. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
