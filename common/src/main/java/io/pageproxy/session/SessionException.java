package io.pageproxy.session;

/**
 * Ends a session for a known reason. Stackless, because it reports an outcome and not a programming
 * error. The message says what happened and what to do.
 */
public final class SessionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final CloseReason reason;

    /** Creates an exception with a reason. */
    public SessionException(CloseReason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    /** Why the session ends. */
    public CloseReason reason() {
        return reason;
    }
}
