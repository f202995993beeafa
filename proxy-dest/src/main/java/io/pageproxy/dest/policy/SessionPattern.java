package io.pageproxy.dest.policy;

import io.pageproxy.session.SessionName;
import java.util.List;
import java.util.Optional;

/**
 * A pattern of session names: segments separated by slashes, in which {@code *} matches any
 * characters of one segment, including none, and a segment {@code **} matches one or more whole
 * segments. Only the pattern {@code .} matches the session without a name.
 *
 * @param text the pattern as written in the file, whose form the schema has checked
 */
record SessionPattern(String text) {
    private static final String ANY_SEGMENTS = "**";
    private static final String NO_NAME = ".";

    /** Returns whether a session matches; empty for the session without a name. */
    boolean matches(Optional<SessionName> session) {
        if (text.equals(NO_NAME) || session.isEmpty()) {
            return text.equals(NO_NAME) && session.isEmpty();
        }
        return matches(List.of(text.split("/", -1)), session.get().segments());
    }

    /** Recursion is cheap because a name has at most 8 segments. */
    private static boolean matches(List<String> patterns, List<String> segments) {
        boolean[] reached = new boolean[segments.size() + 1];
        reached[0] = true;
        for (String pattern : patterns) {
            boolean[] next = new boolean[reached.length];
            for (int i = 0; i < segments.size(); i++) {
                boolean any = pattern.equals(ANY_SEGMENTS);
                boolean from = reached[i] || (any && next[i]);
                next[i + 1] = from && (any || matchesSegment(pattern, segments.get(i)));
            }
            reached = next;
        }
        return reached[segments.size()];
    }

    /**
     * Matches one segment, in which {@code *} is any characters. It takes linear space and at most
     * quadratic time for any pattern, since it backtracks only to the last star.
     */
    static boolean matchesSegment(String pattern, String segment) {
        int p = 0;
        int s = 0;
        int star = -1;
        int resume = 0;
        while (s < segment.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = s;
            } else if (p < pattern.length() && pattern.charAt(p) == segment.charAt(s)) {
                p++;
                s++;
            } else if (star >= 0) {
                p = star + 1;
                s = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    @Override
    public String toString() {
        return text;
    }
}
