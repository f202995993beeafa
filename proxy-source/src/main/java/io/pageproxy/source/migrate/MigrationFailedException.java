package io.pageproxy.source.migrate;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;

/** A phase of a migration has failed for a known reason. Stackless: an outcome, not a fault. */
final class MigrationFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Outcome outcome;

    MigrationFailedException(Outcome outcome) {
        super(outcome.message(), null, false, false);
        this.outcome = outcome;
    }

    /** A failure that was noticed here. */
    MigrationFailedException(CloseReason reason, String message) {
        this(Outcome.failed(Side.SOURCE, reason, message));
    }

    /** What the migration's report is to say. */
    Outcome outcome() {
        return outcome;
    }
}
