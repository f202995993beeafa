package io.pageproxy.source.migrate.commit;

import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CommitTimeouts;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import io.pageproxy.text.RepeatedFailure;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the destination that the tasks here are gone: by COMMIT on the connection of the files, and
 * if that breaks before the answer has arrived, by RECOMMIT on new connections, until one brings
 * the answer or the time is over. The destination holds its copy for longer than that. For one
 * thread, which it blocks.
 */
public final class CommitProtocol {
    private static final Logger LOG = LoggerFactory.getLogger(CommitProtocol.class);
    private static final long RETRY_MILLIS = 200;
    private static final long MIN_DIAL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final FilesConnection files;
    private final Dialer dialer;
    private final Duration peerTimeout;

    /** There are five attempts a second, for up to 3 minutes. */
    private final RepeatedFailure brokenOff = new RepeatedFailure();

    private boolean mayHaveHeard;

    /**
     * The protocol before its first frame.
     *
     * @param files the connection that brought the files
     * @param dialer makes others
     */
    public CommitProtocol(FilesConnection files, Dialer dialer, Duration peerTimeout) {
        this.files = files;
        this.dialer = dialer;
        this.peerTimeout = peerTimeout;
    }

    /** Sends COMMIT and, if no answer arrives, RECOMMIT; blocks. */
    public CommitAnswer commit() throws InterruptedException {
        files.sendCommit();
        return retry(answerOf(files), CommitTimeouts.recommit(peerTimeout));
    }

    /**
     * Sends RECOMMIT only, which asks whether the copy of a lazy migration has all its memory;
     * blocks.
     *
     * @param timeout for how long attempts are made
     */
    public CommitAnswer recall(Duration timeout) throws InterruptedException {
        return retry(recommit(timeout), timeout);
    }

    private CommitAnswer retry(CommitAnswer first, Duration timeout) throws InterruptedException {
        CommitAnswer answer = first;
        long endNanos = System.nanoTime() + timeout.toNanos();
        while (answer.failure().isPresent()
                && !answer.tellsOfCopy()
                && System.nanoTime() - endNanos < 0) {
            warn(answer.failure().get().message(), timeout);
            TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
            long leftNanos = Math.max(endNanos - System.nanoTime(), MIN_DIAL_NANOS);
            answer = recommit(Duration.ofNanos(leftNanos));
        }
        return answer;
    }

    private void warn(String why, Duration timeout) {
        brokenOff
                .again()
                .ifPresent(
                        before ->
                                LOG.warn(
                                        "commit: {}; the destination is tried again for up to {}"
                                                + " s{}",
                                        why,
                                        timeout.toSeconds(),
                                        RepeatedFailure.timesBefore(before)));
    }

    private CommitAnswer recommit(Duration timeout) throws InterruptedException {
        String token = files.attached().join().token();
        CommitConnection connection =
                new CommitConnection(new Recommit(token, peerTimeout.toMillis()), true);
        CompletableFuture.delayedExecutor(timeout.toNanos(), TimeUnit.NANOSECONDS)
                .execute(() -> connection.failUnlessUp("no TLS within --peer-timeout"));
        try {
            dialer.dial(connection, timeout);
        } catch (SessionException e) {
            connection.fail(e.reason(), e.getMessage());
        } catch (RuntimeException | Error e) {
            connection.fail(
                    CloseReason.LOCAL_FAILURE,
                    "the destination cannot be dialled: " + FailureText.of(e));
        }
        return answerOf(connection);
    }

    private CommitAnswer answerOf(CommitConnection connection) {
        CompletableFuture<Committed> committed = connection.committed();
        CompletableFuture.anyOf(committed.handle((value, thrown) -> value), connection.failed())
                .join();
        mayHaveHeard |= connection.mayHaveCommitted();
        return committed.isDone() && !committed.isCompletedExceptionally()
                ? new CommitAnswer(
                        Optional.of(committed.join()), Optional.empty(), mayHaveHeard, connection)
                : new CommitAnswer(
                        Optional.empty(),
                        Optional.of(connection.failed().join()),
                        mayHaveHeard,
                        connection);
    }
}
