package io.pageproxy.app.check;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.SafeText;
import java.util.Locale;

/**
 * What was found of one thing.
 *
 * @param status whether it is as it must be
 * @param subject what was looked at, in a word or two
 * @param text what it is, or what is wrong and what to do; one line
 * @param exitCode 0, or what the command exits with where this is the first failure
 */
record Finding(Status status, String subject, String text, int exitCode) {

    private static final int WRONG_USAGE = 2;

    /** How it stands. */
    enum Status {
        OK("ok"),
        FAILED("FAIL"),
        /** It could not be looked at, or need not be. */
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

    /** A failure for which a side would not start, with the exit code of wrong usage. */
    static Finding misused(String subject, String text) {
        return new Finding(Status.FAILED, subject, text, WRONG_USAGE);
    }

    /** A failure for a known reason, whose exit code it has. */
    static Finding failed(String subject, String text, SessionException failure) {
        return new Finding(Status.FAILED, subject, text, failure.reason().exitCode());
    }

    /** The line that a person reads. */
    String line() {
        return String.format(
                Locale.ROOT, "%-4s %-13s %s", status.label, subject, SafeText.line(text));
    }
}
