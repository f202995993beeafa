package io.pageproxy.dest.policy;

/**
 * Signals an invalid policy. The one-line message contains the position, the problem and its
 * remedy, and is intended to follow the file's name.
 */
public final class PolicyException extends Exception {
    private static final long serialVersionUID = 1L;

    PolicyException(Place at, String message) {
        super(at + ": " + message, null, false, false);
    }

    /** Creates an exception that also names the file. */
    PolicyException(String file, PolicyException e) {
        super(file + ", " + e.getMessage(), null, false, false);
    }
}
