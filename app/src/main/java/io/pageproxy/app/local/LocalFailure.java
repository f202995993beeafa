package io.pageproxy.app.demo;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionReport;

/** The demo did not prove what it should. The message is for a person: why, and the mend. */
final class DemoFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    private DemoFailure(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    /** Something on this host failed. */
    static DemoFailure here(String message) {
        return new DemoFailure(message, CloseReason.LOCAL_FAILURE.exitCode());
    }

    /** The images are not what was sent. */
    static DemoFailure ofImages(String message) {
        return new DemoFailure(message, CloseReason.IMAGES_NOT_WHOLE.exitCode());
    }

    /** The session failed. */
    static DemoFailure of(SessionReport report) {
        String detail =
                report.outcome()
                        .detail()
                        .map(tail -> "\nthe page server's log ends:\n" + tail)
                        .orElse("");
        return new DemoFailure(
                report.outcome().message() + detail, report.outcome().reason().exitCode());
    }

    /** The same with a few words more. */
    DemoFailure plus(String more) {
        return new DemoFailure(getMessage() + "\n" + more, exitCode);
    }

    int exitCode() {
        return exitCode;
    }
}
