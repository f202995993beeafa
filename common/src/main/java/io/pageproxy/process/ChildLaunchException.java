package io.pageproxy.process;

import java.io.IOException;

/**
 * A child could not be started. The message is meant for the operator: which file, what is wrong,
 * how to mend it.
 */
public final class ChildLaunchException extends IOException {
    private static final long serialVersionUID = 1L;

    public ChildLaunchException(String message) {
        super(message);
    }
}
