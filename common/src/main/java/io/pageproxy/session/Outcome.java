package io.pageproxy.session;

import io.pageproxy.text.SafeText;
import java.util.Optional;

/**
 * How a session ended, and where. Message and detail may come from a peer or a child process: they
 * are made safe to show and are bounded, for logs, the summary, the status, and the peer.
 *
 * @param reason why
 * @param side on which side it was noticed
 * @param message what was wrong and what to do; for a person; at most {@link #MAX_MESSAGE_CHARS}
 * @param detail the tail of the page server's log, where that helps; at most {@link
 *     #MAX_DETAIL_LINES} lines of {@link #MAX_DETAIL_LINE_CHARS}
 */
public record Outcome(CloseReason reason, Side side, String message, Optional<String> detail) {
    static final int MAX_MESSAGE_CHARS = 1000;
    static final int MAX_DETAIL_LINES = 20;
    static final int MAX_DETAIL_LINE_CHARS = 160;

    /** Abridges message and detail. */
    public Outcome {
        message = SafeText.abridged(message, MAX_MESSAGE_CHARS);
        detail =
                detail.map(
                        text -> SafeText.lastLines(text, MAX_DETAIL_LINES, MAX_DETAIL_LINE_CHARS));
    }

    /** The good end. */
    public static Outcome completed(Side side, String message) {
        return new Outcome(CloseReason.COMPLETED, side, message, Optional.empty());
    }

    /**
     * The good end of a session whose dump is judged elsewhere: CRIU says CLOSE even where its dump
     * has failed, so only its exit code tells, which is not known here.
     */
    public static Outcome pagesComplete(Side side, String message) {
        return new Outcome(CloseReason.PAGES_COMPLETE, side, message, Optional.empty());
    }

    /** A failure that was noticed here. */
    public static Outcome failed(Side here, CloseReason reason, String message) {
        return new Outcome(reason, here, message, Optional.empty());
    }

    /** Whether the images are whole and the dumper has heard so. */
    public boolean good() {
        return reason == CloseReason.COMPLETED || reason == CloseReason.PAGES_COMPLETE;
    }
}
