package io.pageproxy.source.migrate.commit;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;

/** A phase of a migration has failed for a known reason. Stackless: an outcome, not a fault. */
public final class MigrationFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Outcome outcome;

    public MigrationFailedException(Outcome outcome) {
        super(outcome.message(), null, false, false);
        this.outcome = outcome;
    }

    /** A failure that was noticed here. */
    public MigrationFailedException(CloseReason reason, String message) {
        this(Outcome.failed(Side.SOURCE, reason, message));
    }

    /** What the migration's report is to say. */
    public Outcome outcome() {
        return outcome;
    }
}
