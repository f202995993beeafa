package io.pageproxy.dest.policy;

/**
 * A policy is not one. The message says where, what is wrong and what to do; it fits behind the
 * file's name, and on one line.
 */
public final class PolicyException extends Exception {
    private static final long serialVersionUID = 1L;

    PolicyException(Place at, String message) {
        super(at + ": " + message, null, false, false);
    }

    /** The same of a file that is known by now. */
    PolicyException(String file, PolicyException e) {
        super(file + ", " + e.getMessage(), null, false, false);
    }
}
