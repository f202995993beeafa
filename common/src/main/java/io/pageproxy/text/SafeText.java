package io.pageproxy.text;

import java.util.Collection;
import java.util.List;

/**
 * Sanitises text from a peer, a file or a child process for logs, terminals and JSON. All such text
 * passes through this class.
 *
 * <p>Letters, digits, punctuation and symbols of every script are kept. Line breaks, tabs and
 * spaces of every width become plain spaces. All other invisible characters become {@code ?}:
 * control characters, which can drive a terminal; format characters, which can reverse the text
 * direction or hide text; unpaired surrogates, which cannot be encoded; and unassigned code points.
 */
public final class SafeText {
    /** Maximum length in characters of a name or a list of names. */
    public static final int MAX_NAME_CHARS = 200;

    private static final int REPLACEMENT = '?';

    private SafeText() {}

    /** Returns the text as one line. */
    public static String line(String text) {
        return replaced(text, false);
    }

    /** Returns the text with its line feeds. Carriage returns before a line feed are dropped. */
    public static String lines(String text) {
        return replaced(text.replace("\r\n", "\n"), true);
    }

    /** Returns a name as one line of at most {@link #MAX_NAME_CHARS} characters. */
    public static String name(String text) {
        return abridged(text, MAX_NAME_CHARS);
    }

    /**
     * Returns the text as one line of at most the given number of characters. A longer text is cut
     * and its original length appended.
     *
     * @param maxChars 40 or more, so that there is room for text before the length
     */
    public static String abridged(String text, int maxChars) {
        if (text.length() <= maxChars) {
            return line(text);
        }
        String length = "... (" + text.length() + " characters)";
        return line(start(text, maxChars - length.length())) + length;
    }

    /**
     * Returns names as a list in brackets. At least one and as many as fit into {@link
     * #MAX_NAME_CHARS} characters are shown, the rest is counted.
     */
    public static String names(Collection<String> names) {
        StringBuilder shown = new StringBuilder("[");
        int count = 0;
        for (String name : names) {
            String next = (count == 0 ? "" : ", ") + name(name);
            if (count > 0 && shown.length() + next.length() > MAX_NAME_CHARS) {
                return shown + " and " + (names.size() - count) + " more]";
            }
            shown.append(next);
            count++;
        }
        return shown + "]";
    }

    /**
     * Returns the last lines of a text, each shortened, preceded by the number of omitted lines.
     *
     * @param maxLines maximum number of lines
     * @param maxLineChars maximum number of characters per line
     */
    public static String lastLines(String text, int maxLines, int maxLineChars) {
        List<String> all = text.lines().toList();
        int first = Math.max(0, all.size() - maxLines);
        String shown =
                String.join(
                        "\n",
                        all.subList(first, all.size()).stream()
                                .map(line -> abridged(line, maxLineChars))
                                .toList());
        return first == 0 ? shown : "(" + first + " lines before)\n" + shown;
    }

    /** The beginning of a text, without splitting a surrogate pair. */
    private static String start(String text, int chars) {
        return text.substring(
                0, Character.isHighSurrogate(text.charAt(chars - 1)) ? chars - 1 : chars);
    }

    private static String replaced(String text, boolean keepLineFeeds) {
        if (text.codePoints().allMatch(c -> safe(c, keepLineFeeds) == c)) {
            return text;
        }
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints().map(c -> safe(c, keepLineFeeds)).forEach(safe::appendCodePoint);
        return safe.toString();
    }

    private static int safe(int codePoint, boolean keepLineFeeds) {
        if ((codePoint >= ' ' && codePoint <= '~') || (keepLineFeeds && codePoint == '\n')) {
            return codePoint;
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL -> breaksLine(codePoint) ? ' ' : REPLACEMENT;
            case Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR ->
                    ' ';
            case Character.FORMAT, Character.SURROGATE, Character.UNASSIGNED -> REPLACEMENT;
            default -> codePoint;
        };
    }

    private static boolean breaksLine(int control) {
        return (control >= '\t' && control <= '\r') || control == '\u0085';
    }
}
