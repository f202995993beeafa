package io.pageproxy.app.check;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.SafeText;
import java.util.Locale;

/**
 * The result of one check.
 *
 * @param status whether the check passed
 * @param subject what was checked, in a word or two
 * @param text one line: the result, or the problem and its remedy
 * @param exitCode 0, or the exit code of the command if this is the first failure
 */
record Finding(Status status, String subject, String text, int exitCode) {

    private static final int WRONG_USAGE = 2;

    /** Whether a check passed. */
    enum Status {
        OK("ok"),
        FAILED("FAIL"),
        /** The check was impossible or unnecessary. */
        SKIPPED("-");

        private final String label;

        Status(String label) {
            this.label = label;
        }
    }

    static Finding ok(String subject, String text) {
        return new Finding(Status.OK, subject, text, 0);
    }

    static Finding skipped(String subject, String why) {
        return new Finding(Status.SKIPPED, subject, why, 0);
    }

    /** A failure of this host. */
    static Finding failed(String subject, String text) {
        return new Finding(Status.FAILED, subject, text, CloseReason.LOCAL_FAILURE.exitCode());
    }

    /** A failure that would keep a proxy from starting, with the exit code of a usage error. */
    static Finding misused(String subject, String text) {
        return new Finding(Status.FAILED, subject, text, WRONG_USAGE);
    }

    /** A failure with the exit code of its reason. */
    static Finding failed(String subject, String text, SessionException failure) {
        return new Finding(Status.FAILED, subject, text, failure.reason().exitCode());
    }

    /** The line that is printed. */
    String line() {
        return String.format(
                Locale.ROOT, "%-4s %-13s %s", status.label, subject, SafeText.line(text));
    }
}
