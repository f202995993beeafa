package io.pageproxy.session;

import io.pageproxy.text.SafeText;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A session's name, which the source chooses and the destination uses as a path below its images
 * folder. It has 1 to {@value #MAX_SEGMENTS} segments separated by slashes; each starts with a
 * letter or digit, followed by up to 63 letters, digits, dots, underscores or hyphens. Such a name
 * contains no {@code ..}, no hidden name and no control character. Names of files that CRIU and the
 * proxies create in an images folder are rejected too: CRIU would mistake a folder {@code parent}
 * for the parent's images, and a folder {@code restore.log} would prevent a restore of the session
 * above it.
 *
 * @param value the name, such as {@code web/2}; at most {@value #MAX_CHARS} characters of ASCII
 */
public record SessionName(String value) {
    /** Maximum length in characters, which equals bytes. */
    public static final int MAX_CHARS = 255;

    /** Maximum number of segments. */
    public static final int MAX_SEGMENTS = 8;

    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Set<String> RESERVED = Set.of("parent", "stats-dump", "stats-restore");
    private static final Pattern RESERVED_SUFFIX = Pattern.compile(".*\\.(img|log|pid|socket)");
    private static final int MAX_SHOWN_CHARS = 80;

    /**
     * Validates the name.
     *
     * @throws SessionException SESSION_INVALID, if it is invalid; the message names the part and
     *     the reason
     */
    public SessionName {
        if (value.isEmpty()) {
            throw invalid(value, "is empty: give a name such as web/2, or none");
        }
        if (value.length() > MAX_CHARS) {
            throw invalid(
                    value, "has " + value.length() + " characters: at most " + MAX_CHARS + " go");
        }
        String[] segments = value.split("/", -1);
        if (segments.length > MAX_SEGMENTS) {
            throw invalid(
                    value, "has " + segments.length + " segments: at most " + MAX_SEGMENTS + " go");
        }
        for (String segment : segments) {
            validate(value, segment);
        }
    }

    private static void validate(String name, String segment) {
        if (!SEGMENT.matcher(segment).matches()) {
            throw invalid(
                    name,
                    "has the segment '"
                            + SafeText.abridged(segment, MAX_SHOWN_CHARS)
                            + "': one starts with a letter or digit and goes on with up to 63"
                            + " letters, digits, '.', '_' or '-'");
        }
        if (RESERVED.contains(segment) || RESERVED_SUFFIX.matcher(segment).matches()) {
            throw invalid(
                    name,
                    "has the segment '"
                            + segment
                            + "', which is a name inside images folders: choose another");
        }
    }

    /** The segments, outermost first. */
    public List<String> segments() {
        return List.of(value.split("/", -1));
    }

    @Override
    public String toString() {
        return value;
    }

    private static SessionException invalid(String name, String fault) {
        return new SessionException(
                CloseReason.SESSION_INVALID,
                "session name '" + SafeText.abridged(name, MAX_SHOWN_CHARS) + "' " + fault);
    }
}
