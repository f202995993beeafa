package io.pageproxy.peer;

import java.util.Locale;

/**
 * What happens to an active stream whose peer would no longer be accepted ({@code
 * --on-revocation}).
 */
public enum RevocationAction {
    /** The stream continues to its end. */
    FINISH,
    /** The stream is aborted immediately. */
    ABORT;

    /** The word that users write. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
