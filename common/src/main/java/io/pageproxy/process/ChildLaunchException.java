package io.pageproxy.process;

import java.io.IOException;

/**
 * Signals that a child could not be started. The message is meant for the operator: the file, the
 * problem and its remedy.
 */
public final class ChildLaunchException extends IOException {
    private static final long serialVersionUID = 1L;

    public ChildLaunchException(String message) {
        super(message);
    }
}
