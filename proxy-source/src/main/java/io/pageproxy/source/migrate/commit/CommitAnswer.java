package io.pageproxy.source.migrate.commit;

import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import java.util.Optional;
import java.util.Set;

/**
 * What the destination has answered to COMMIT or RECOMMIT.
 *
 * @param committed the answer that its copy is the one that runs; empty where that was not heard
 * @param failure why it was not heard; empty where it was
 * @param mayHaveHeard whether the destination may have heard, on any connection so far, that the
 *     tasks here are gone
 * @param connection brought the answer
 */
public record CommitAnswer(
        Optional<Committed> committed,
        Optional<Outcome> failure,
        boolean mayHaveHeard,
        CommitConnection connection) {
    /**
     * Said of a new connection as such, so that nothing follows for the copy: a destination that
     * drains, or is at its limit, may still hold it, and even let it run.
     */
    private static final Set<CloseReason> OF_THE_CONNECTION =
            Set.of(CloseReason.SHUTDOWN, CloseReason.LIMIT_EXCEEDED);

    /**
     * Whether it is certain that nothing runs at the destination and nothing will. A destination
     * that no longer knows the migration cannot tell what was before.
     */
    public boolean refused() {
        return failure.isPresent()
                && (!mayHaveHeard
                        || (tellsOfCopy()
                                && failure.get().reason() != CloseReason.SESSION_INVALID));
    }

    /** Whether the destination has said what has become of its copy, and the copy does not run. */
    public boolean tellsOfCopy() {
        return failure.isPresent()
                && failure.get().side() == Side.DESTINATION
                && (connection instanceof FilesConnection
                        || !OF_THE_CONNECTION.contains(failure.get().reason()));
    }
}
