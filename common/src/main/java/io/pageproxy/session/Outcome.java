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

    /** A failure that was noticed here. */
    public static Outcome failed(Side here, CloseReason reason, String message) {
        return new Outcome(reason, here, message, Optional.empty());
    }

    /** Whether the images are whole and the dumper has heard so. */
    public boolean good() {
        return reason == CloseReason.COMPLETED;
    }
}
