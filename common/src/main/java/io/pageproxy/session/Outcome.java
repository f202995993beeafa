package io.pageproxy.session;

import io.pageproxy.text.SafeText;
import java.util.Optional;

/**
 * How a session ended and on which side. Message and detail may come from a peer or a child
 * process; they are sanitised and bounded for logs, the summary, the status page and the peer.
 *
 * @param reason the reason
 * @param side the side that detected it
 * @param message what happened and what to do, for the operator; at most {@link #MAX_MESSAGE_CHARS}
 * @param detail the tail of the page server's log, if useful; at most {@link #MAX_DETAIL_LINES}
 *     lines of {@link #MAX_DETAIL_LINE_CHARS}
 */
public record Outcome(CloseReason reason, Side side, String message, Optional<String> detail) {
    static final int MAX_MESSAGE_CHARS = 1000;
    static final int MAX_DETAIL_LINES = 20;
    static final int MAX_DETAIL_LINE_CHARS = 160;

    /** Sanitises and shortens message and detail. */
    public Outcome {
        message = SafeText.abridged(message, MAX_MESSAGE_CHARS);
        detail =
                detail.map(
                        text -> SafeText.lastLines(text, MAX_DETAIL_LINES, MAX_DETAIL_LINE_CHARS));
    }

    /** Creates the outcome of a successful session. */
    public static Outcome completed(Side side, String message) {
        return new Outcome(CloseReason.COMPLETED, side, message, Optional.empty());
    }

    /**
     * Creates the outcome of a session whose pages are complete while the result of the dump is
     * unknown: CRIU sends CLOSE even if its dump failed, and its exit code is not available here.
     */
    public static Outcome pagesComplete(Side side, String message) {
        return new Outcome(CloseReason.PAGES_COMPLETE, side, message, Optional.empty());
    }

    /** Creates the outcome of a failure that this side detected. */
    public static Outcome failed(Side here, CloseReason reason, String message) {
        return new Outcome(reason, here, message, Optional.empty());
    }

    /** Whether the images are complete and the dumper has been told so. */
    public boolean good() {
        return reason.isGood();
    }
}
