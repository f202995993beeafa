package io.pageproxy.app.local;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionReport;

/**
 * Signals the failure of an operation on this machine. The message for the operator contains the
 * reason and the remedy.
 */
public final class LocalFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    private LocalFailure(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    /** Creates a failure of this host. */
    public static LocalFailure here(String message) {
        return new LocalFailure(message, CloseReason.LOCAL_FAILURE.exitCode());
    }

    /** Creates a failure of images that differ from what was sent. */
    public static LocalFailure ofImages(String message) {
        return new LocalFailure(message, CloseReason.IMAGES_NOT_WHOLE.exitCode());
    }

    /** Creates the failure of a session; the reason determines the exit code. */
    public static LocalFailure of(CloseReason reason, String message) {
        return new LocalFailure(message, reason.exitCode());
    }

    /** Creates the failure of a session from its report. */
    public static LocalFailure of(SessionReport report) {
        String detail =
                report.outcome()
                        .detail()
                        .map(tail -> "\nthe page server's log ends:\n" + tail)
                        .orElse("");
        return of(report.outcome().reason(), report.outcome().message() + detail);
    }

    /** Returns this failure with text appended to its message. */
    public LocalFailure plus(String more) {
        return new LocalFailure(getMessage() + "\n" + more, exitCode);
    }

    /** The exit code of the process. */
    public int exitCode() {
        return exitCode;
    }
}
