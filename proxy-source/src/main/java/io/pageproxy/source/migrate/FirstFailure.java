package io.pageproxy.source.migrate;

import io.pageproxy.async.Reactions;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first failure of a migration; later ones are its consequences. Any thread may report one. The
 * migration's own thread decides what follows from it, when it next waits for something.
 */
final class FirstFailure {
    private static final Logger LOG = LoggerFactory.getLogger(FirstFailure.class);

    private final CompletableFuture<Outcome> first = new CompletableFuture<>();

    /** Reports a failure; ignored if there was one before. */
    void report(Outcome outcome) {
        first.complete(outcome);
    }

    /** Reports a failure that was noticed here. */
    void report(CloseReason reason, String message) {
        report(Outcome.failed(Side.SOURCE, reason, message));
    }

    /** Reports an exception of a task or of a callback on a future. */
    void report(Throwable thrown) {
        report(outcomeOf(thrown));
    }

    /** Converts an exception to an outcome, and logs it if it is an internal error. */
    static Outcome outcomeOf(Throwable thrown) {
        Throwable cause = Reactions.causeOf(thrown);
        if (cause instanceof MigrationFailedException failed) {
            return failed.outcome();
        }
        LOG.error("internal error, please report it", cause);
        return Outcome.failed(
                Side.SOURCE, CloseReason.LOCAL_FAILURE, "internal error of pageproxy: " + cause);
    }

    /** Completes with the first failure. */
    CompletableFuture<Outcome> future() {
        return first;
    }

    /**
     * Checks that nothing has failed.
     *
     * @throws MigrationFailedException with the first failure
     */
    void check() {
        if (first.isDone()) {
            throw new MigrationFailedException(first.join());
        }
    }

    /**
     * Waits until the future completes; blocks.
     *
     * @throws MigrationFailedException with the first failure, even if the future is complete
     * @throws CompletionException if the future fails and nothing was reported
     */
    <T> T await(CompletableFuture<T> wanted) {
        CompletableFuture.anyOf(wanted.handle((value, thrown) -> value), first).join();
        check();
        return wanted.join();
    }
}
