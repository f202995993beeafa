package io.pageproxy.session;

/**
 * Ends a session for a reason that is known. Stackless: it is an outcome, not a fault of ours. The
 * message names what was wrong and what to do.
 */
public final class SessionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final CloseReason reason;

    /** Ends the session for that reason. */
    public SessionException(CloseReason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    /** Why it ends. */
    public CloseReason reason() {
        return reason;
    }
}
