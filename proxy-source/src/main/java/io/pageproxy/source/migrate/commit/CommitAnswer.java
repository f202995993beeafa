package io.pageproxy.source.migrate.commit;

import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import java.util.Optional;
import java.util.Set;

/**
 * The destination's answer to COMMIT or RECOMMIT, or the lack of one.
 *
 * @param committed the answer that its copy runs; empty if that was not received
 * @param failure why it was not received; empty if it was
 * @param mayHaveHeard whether the destination may have been told, on any connection so far, that
 *     the tasks here are gone
 * @param connection the connection on which the answer arrived
 */
public record CommitAnswer(
        Optional<Committed> committed,
        Optional<Outcome> failure,
        boolean mayHaveHeard,
        CommitConnection connection) {
    /**
     * Reasons that only concern the new connection and tell nothing about the copy: a destination
     * that drains, or has reached a limit, may still hold the copy, and even let it run.
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
