package io.pageproxy.dest.push;

import io.pageproxy.pagestream.PageStreamException;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import io.pageproxy.text.FailureText;

/** Creates the outcomes of a push session with their messages. */
final class PushOutcomes {
    private PushOutcomes() {}

    /** The source has sent DELIVERED. */
    static Outcome delivered(boolean dumpSucceeded) {
        return dumpSucceeded
                ? Outcome.completed(
                        Side.DESTINATION, "images whole and durable, the dumper has exited 0")
                : Outcome.pagesComplete(
                        Side.DESTINATION,
                        "pages complete: images whole and durable; the exit code of the dump at"
                                + " the source shows whether it has succeeded");
    }

    /** A failure before the source was told that the images are whole. */
    static Outcome failed(CloseReason reason, String message) {
        return Outcome.failed(Side.DESTINATION, reason, message);
    }

    /** A failure after the source was told that the images are whole. */
    static Outcome failedAfterReport(CloseReason reason, String message) {
        return failed(
                reason,
                message
                        + "; the images are whole, but it is not known whether the dumper was told so:"
                        + " before a restore make sure that the tasks are gone at the source");
    }

    /** A block could not be written because reading pages that it refers to has failed. */
    static Outcome ofBlock(Throwable cause) {
        return cause instanceof PageStreamException
                ? failed(CloseReason.DUMPER_PROTOCOL, cause.getMessage())
                : ofWork(cause);
    }

    /** Work that a worker did has failed. */
    static Outcome ofWork(Throwable cause) {
        return cause instanceof SessionException ended
                ? failed(ended.reason(), ended.getMessage())
                : failed(CloseReason.LOCAL_FAILURE, FailureText.of(cause));
    }
}
