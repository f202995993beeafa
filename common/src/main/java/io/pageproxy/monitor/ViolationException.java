package io.pageproxy.monitor;

import java.io.IOException;

/** A request that a network process of ours never makes. */
public final class ViolationException extends IOException {
    private static final long serialVersionUID = 1;

    /** The message says what was asked for. */
    public ViolationException(String message) {
        super(message);
    }
}
