package io.pageproxy.frame;

/** The peer's frames break the tunnel's protocol. Stackless; says what was expected and came. */
public final class FrameException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FrameException(String message) {
        super(message, null, false, false);
    }
}
