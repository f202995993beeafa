package io.pageproxy.app.local;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionReport;

/**
 * What was begun on this machine did not come out. The message is for a person: why, and the mend.
 */
public final class LocalFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    private LocalFailure(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    /** Something on this host failed. */
    public static LocalFailure here(String message) {
        return new LocalFailure(message, CloseReason.LOCAL_FAILURE.exitCode());
    }

    /** The images are not what was sent. */
    public static LocalFailure ofImages(String message) {
        return new LocalFailure(message, CloseReason.IMAGES_NOT_WHOLE.exitCode());
    }

    /** A session failed for that reason, which says the exit code. */
    public static LocalFailure of(CloseReason reason, String message) {
        return new LocalFailure(message, reason.exitCode());
    }

    /** The session failed. */
    public static LocalFailure of(SessionReport report) {
        String detail =
                report.outcome()
                        .detail()
                        .map(tail -> "\nthe page server's log ends:\n" + tail)
                        .orElse("");
        return of(report.outcome().reason(), report.outcome().message() + detail);
    }

    /** The same with a few words more. */
    public LocalFailure plus(String more) {
        return new LocalFailure(getMessage() + "\n" + more, exitCode);
    }

    /** What the process ends with. */
    public int exitCode() {
        return exitCode;
    }
}
