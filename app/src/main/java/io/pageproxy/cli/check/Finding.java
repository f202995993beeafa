package io.pageproxy.cli.check;

import io.pageproxy.frame.Remark;
import io.pageproxy.frame.Remark.Verdict;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.SafeText;
import java.util.Locale;

/**
 * The result of one check.
 *
 * @param verdict whether the check passed
 * @param subject what was checked, in a word or two
 * @param text one line: the result, or the problem and its remedy
 * @param exitCode 0, or the exit code of the command if this is the first failure
 */
public record Finding(Verdict verdict, String subject, String text, int exitCode) {

    private static final int WRONG_USAGE = 2;

    static Finding ok(String subject, String text) {
        return new Finding(Verdict.PASSED, subject, text, 0);
    }

    static Finding skipped(String subject, String why) {
        return new Finding(Verdict.SKIPPED, subject, why, 0);
    }

    /** A failure of this host. */
    static Finding failed(String subject, String text) {
        return new Finding(Verdict.FAILED, subject, text, CloseReason.LOCAL_FAILURE.exitCode());
    }

    /** A failure that would keep a proxy from starting, with the exit code of a usage error. */
    static Finding misused(String subject, String text) {
        return new Finding(Verdict.FAILED, subject, text, WRONG_USAGE);
    }

    /** A failure with the exit code of its reason. */
    static Finding failed(String subject, String text, SessionException failure) {
        return new Finding(Verdict.FAILED, subject, text, failure.reason().exitCode());
    }

    /** What a destination has found. */
    static Finding of(Remark remark) {
        boolean failed = remark.verdict() == Verdict.FAILED;
        return new Finding(
                remark.verdict(),
                remark.subject(),
                remark.text(),
                failed ? CloseReason.RESTORE_FAILED.exitCode() : 0);
    }

    /** The same; what could not be done counts as a failure. */
    Finding required() {
        return verdict == Verdict.SKIPPED ? failed(subject, text) : this;
    }

    /** The line that is printed. */
    public String line() {
        return String.format(
                Locale.ROOT, "%-4s %-13s %s", verdict.label(), subject, SafeText.line(text));
    }
}
