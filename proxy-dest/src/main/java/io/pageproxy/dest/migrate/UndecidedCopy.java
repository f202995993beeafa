package io.pageproxy.dest.migrate;

import io.pageproxy.session.CloseReason;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a restored copy for a limited time while only the source knows whether it is the only one.
 * On the event loop of the migration.
 */
final class UndecidedCopy {
    private static final Logger LOG = LoggerFactory.getLogger(UndecidedCopy.class);

    private final MigrationParts parts;
    private final CommitStrategy.Owner owner;

    UndecidedCopy(MigrationParts parts, CommitStrategy.Owner owner) {
        this.parts = parts;
        this.owner = owner;
    }

    /**
     * Fails the migration after a timeout, unless it changes its state before.
     *
     * @param reason why it fails then
     * @param limit "up to " if the source may decide at any moment
     */
    void waitForSource(CloseReason reason, String message, String limit) {
        MigrationState undecided = owner.state();
        LOG.warn(
                "session={} {}: its copy is kept for {}{} s, for the source to say whether its"
                        + " tasks are gone",
                parts.attach().session().orElse(""),
                message,
                limit,
                parts.undecidedTimeout().toSeconds());
        parts.loop()
                .schedule(
                        () -> {
                            if (owner.state() == undecided) {
                                owner.fail(reason, message);
                            }
                        },
                        parts.undecidedTimeout().toMillis(),
                        TimeUnit.MILLISECONDS);
    }
}
