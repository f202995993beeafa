package io.pageproxy.pagestream;

/**
 * Signals that the page stream violates its protocol. Stackless, so that hostile input cannot cause
 * stack traces to be filled; the message says what was expected, what was received and at which
 * byte.
 */
public final class PageStreamException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PageStreamException(String message) {
        super(message, null, false, false);
    }
}
