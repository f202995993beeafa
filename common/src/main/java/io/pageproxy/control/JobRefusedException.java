package io.pageproxy.control;

import java.util.OptionalInt;

/** A job that does not begin: an HTTP status, why, and the exit code of the same command. */
public final class JobRefusedException extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;
    private final transient OptionalInt exitCode;

    /** Refuses a job for a reason that no command would have. */
    public JobRefusedException(int status, String message) {
        this(status, message, OptionalInt.empty());
    }

    /**
     * @param message as the command prints it, perhaps of several lines
     * @param exitCode that of the command
     */
    public JobRefusedException(int status, String message, OptionalInt exitCode) {
        super(message, null, false, false);
        this.status = status;
        this.exitCode = exitCode;
    }

    int status() {
        return status;
    }

    OptionalInt exitCode() {
        return exitCode;
    }
}
