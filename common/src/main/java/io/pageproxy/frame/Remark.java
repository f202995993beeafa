package io.pageproxy.frame;

/**
 * What one check of a dry run has found.
 *
 * @param verdict whether it passed
 * @param subject what was checked, in a word or two
 * @param text one line: the result, or the problem and its remedy
 */
public record Remark(Verdict verdict, String subject, String text) {
    /** Remarks in one answer. */
    public static final int MAX_COUNT = 16;

    /** Characters of each, so that all fit into one frame. */
    static final int MAX_CHARS = 320;

    private static final String SEPARATOR = "|";

    /** Whether a check passed. */
    public enum Verdict {
        /** Nothing stands in the way. */
        PASSED("ok"),
        /** A migration would fail. */
        FAILED("FAIL"),
        /** It could not be checked, or need not be. */
        SKIPPED("-");

        private final String label;

        Verdict(String label) {
            this.label = label;
        }

        /** How it is printed, and sent. */
        public String label() {
            return label;
        }

        private static Verdict of(String label) {
            for (Verdict verdict : values()) {
                if (verdict.label.equals(label)) {
                    return verdict;
                }
            }
            throw new FrameException("expected a verdict, but '" + label + "' came");
        }
    }

    /** A check that passed. */
    public static Remark passed(String subject, String text) {
        return new Remark(Verdict.PASSED, subject, text);
    }

    /** A reason why a migration would fail, and what to do. */
    public static Remark failed(String subject, String text) {
        return new Remark(Verdict.FAILED, subject, text);
    }

    /** A check that was not made, and why. */
    public static Remark skipped(String subject, String why) {
        return new Remark(Verdict.SKIPPED, subject, why);
    }

    String encode() {
        return verdict.label + SEPARATOR + subject + SEPARATOR + text;
    }

    static Remark decode(String encoded) {
        String[] parts = encoded.split("[" + SEPARATOR + "]", 3);
        if (parts.length != 3) {
            throw new FrameException("expected a remark, but another text came");
        }
        return new Remark(Verdict.of(parts[0]), parts[1], parts[2]);
    }
}
