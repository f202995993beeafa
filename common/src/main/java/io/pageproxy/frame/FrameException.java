package io.pageproxy.frame;

/**
 * Signals that the peer's frames violate the tunnel protocol. Stackless; the message says what was
 * expected and what was received.
 */
public final class FrameException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FrameException(String message) {
        super(message, null, false, false);
    }
}
