package io.pageproxy.session;

import java.util.Optional;

/**
 * How a session ended, and where.
 *
 * @param reason why
 * @param side on which side it was noticed
 * @param message what was wrong and what to do; for a person
 * @param detail the tail of the page server's log, where that helps
 */
public record Outcome(CloseReason reason, Side side, String message, Optional<String> detail) {

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
