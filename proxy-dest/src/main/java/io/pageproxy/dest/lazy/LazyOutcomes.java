package io.pageproxy.dest.lazy;

import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import java.time.Duration;

/** Creates the outcomes of a lazy session with their messages. */
final class LazyOutcomes {
    private LazyOutcomes() {}

    /** The source has sent DELIVERED. */
    static Outcome delivered() {
        return Outcome.completed(
                Side.DESTINATION,
                "the restored tasks have all their pages; the source's tasks may end");
    }

    static Outcome failed(CloseReason reason, String message) {
        return Outcome.failed(Side.DESTINATION, reason, message);
    }

    /** The tunnel has failed after the source was told that it may end its tasks. */
    static Outcome lostAfterDone(CloseReason reason, String message) {
        return failed(
                reason,
                message
                        + "; the restored tasks have all their pages, but it is not known whether the"
                        + " source's tasks have ended: make sure that only one copy runs");
    }

    /** The daemon has sent something else than requests. */
    static Outcome invalidRequest(String message) {
        return failed(CloseReason.PAGE_SERVER_FAILED, "criu lazy-pages: " + message);
    }

    /** The daemon has sent CLOSE while requests are unanswered, or before any page has come. */
    static Outcome closedTooEarly(FedTree tree) {
        return daemonFailed("sent CLOSE before its pages had arrived", tree);
    }

    /** The daemon has closed its socket and sent no CLOSE. */
    static Outcome wentWithoutClose(FedTree tree) {
        return daemonFailed("disconnected without CLOSE", tree);
    }

    /**
     * The daemon has sent CLOSE and does not exit.
     *
     * @param idle how long it has done nothing
     * @param timeout the limit on that
     */
    static Outcome stalled(Duration idle, Duration timeout, FedTree tree) {
        return daemonFailed(
                "has done nothing for "
                        + idle.toSeconds()
                        + " s after CLOSE, and has not exited (--page-server-timeout "
                        + timeout.toSeconds()
                        + "s)",
                tree);
    }

    /** The daemon has exited with an error or without CLOSE. */
    static Outcome daemonEnded(ExitStatus exit, boolean afterClose, FedTree tree) {
        return daemonFailed(
                "ended" + (afterClose ? "" : " without CLOSE") + ": " + exit.describe(), tree);
    }

    private static Outcome daemonFailed(String what, FedTree tree) {
        return failed(
                CloseReason.PAGE_SERVER_FAILED, "criu lazy-pages " + what + tree.afterFailure());
    }
}
