package io.pageproxy.source.migrate;

import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CommitTimeouts;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import io.pageproxy.text.FailureText;
import io.pageproxy.text.RepeatedFailure;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the destination that the tasks are gone here: on the connection of the files, and where
 * that breaks before the answer has come, on others, until one brings it or too much time has
 * passed. The destination holds its copy for longer than that.
 */
final class Commitment {
    private static final Logger LOG = LoggerFactory.getLogger(Commitment.class);
    private static final long PAUSE_MILLIS = 200;

    /**
     * Said of a new connection as such, so that nothing follows for the copy: a destination that
     * drains, or has its hands full, may still hold it, and even let it run.
     */
    private static final Set<CloseReason> OF_THE_CONNECTION =
            Set.of(CloseReason.SHUTDOWN, CloseReason.LIMIT_EXCEEDED);

    private static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final FilesSession files;
    private final Dialer dialer;
    private final Duration peerTimeout;

    /** It is tried five times a second, for up to 3 minutes. */
    private final RepeatedFailure brokenOff = new RepeatedFailure();

    private boolean said;

    /** Makes a connection for a listener; blocks until TLS is under way, for so long at most. */
    @FunctionalInterface
    interface Dialer {
        void dial(CommitConnection listener, Duration patience) throws InterruptedException;
    }

    /**
     * One that has not been said yet.
     *
     * @param files the connection that brought the files
     * @param dialer makes others
     */
    Commitment(FilesSession files, Dialer dialer, Duration peerTimeout) {
        this.files = files;
        this.dialer = dialer;
        this.peerTimeout = peerTimeout;
    }

    /**
     * What the destination has answered.
     *
     * @param committed its copy runs; null where that was not heard
     * @param failure why it was not heard; null where it was
     * @param said whether the destination may have heard that the tasks are gone
     * @param on the connection that brought it
     */
    record Answer(Committed committed, Outcome failure, boolean said, CommitConnection on) {
        /**
         * Whether it is certain that nothing runs at the destination and nothing will. One that
         * knows nothing any more cannot tell what was before.
         */
        boolean refused() {
            return failure != null
                    && (!said
                            || (isOfTheCopy() && failure.reason() != CloseReason.SESSION_INVALID));
        }

        /** Whether the destination has said what has become of its copy, and it does not run. */
        boolean isOfTheCopy() {
            return failure != null
                    && failure.side() == Side.DESTINATION
                    && (on instanceof FilesSession
                            || !OF_THE_CONNECTION.contains(failure.reason()));
        }
    }

    /** Says it; blocks. */
    Answer await() throws InterruptedException {
        files.commit();
        return await(answerOf(files), CommitTimeouts.recommit(peerTimeout));
    }

    /**
     * Asks on other connections only, whether the destination's copy has all its memory; blocks.
     *
     * @param patience how long it is tried
     */
    Answer recall(Duration patience) throws InterruptedException {
        return await(again(patience), patience);
    }

    private Answer await(Answer first, Duration patience) throws InterruptedException {
        Answer answer = first;
        long endNanos = System.nanoTime() + patience.toNanos();
        while (answer.failure() != null
                && !answer.isOfTheCopy()
                && System.nanoTime() - endNanos < 0) {
            warn(answer.failure().message(), patience);
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            answer = again(Duration.ofNanos(Math.max(endNanos - System.nanoTime(), LEAST_NANOS)));
        }
        return answer;
    }

    private void warn(String why, Duration patience) {
        brokenOff
                .again()
                .ifPresent(
                        before ->
                                LOG.warn(
                                        "commit: {}; the destination is tried again for up to {}"
                                                + " s{}",
                                        why,
                                        patience.toSeconds(),
                                        RepeatedFailure.timesBefore(before)));
    }

    private Answer again(Duration patience) throws InterruptedException {
        String token = files.attached().join().token();
        CommitConnection connection =
                new CommitConnection(new Recommit(token, peerTimeout.toMillis()), true);
        CompletableFuture.delayedExecutor(patience.toNanos(), TimeUnit.NANOSECONDS)
                .execute(() -> connection.failUnlessUp("no TLS within --peer-timeout"));
        try {
            dialer.dial(connection, patience);
        } catch (SessionException e) {
            connection.fail(e.reason(), e.getMessage());
        } catch (RuntimeException e) {
            connection.fail(
                    CloseReason.LOCAL_FAILURE,
                    "the destination cannot be dialled: " + FailureText.of(e));
        }
        return answerOf(connection);
    }

    private Answer answerOf(CommitConnection connection) {
        CompletableFuture.anyOf(
                        connection.committed().handle((good, failure) -> good), connection.failed())
                .join();
        said |= connection.said();
        Committed committed =
                connection.committed().isCompletedExceptionally()
                        ? null
                        : connection.committed().getNow(null);
        Outcome failure = committed == null ? connection.failed().join() : null;
        return new Answer(committed, failure, said, connection);
    }
}
