package io.pageproxy.text;

import java.util.Collection;
import java.util.List;

/**
 * Makes text that comes from a peer, a file or a child process fit for a log, a terminal and JSON.
 * All such text passes through here.
 *
 * <p>Letters, digits, punctuation and symbols of every script stay as they are. Line breaks, tabs
 * and spaces of every width become plain spaces. Whatever else is not to be seen becomes {@code ?}:
 * control characters, which can drive a terminal; format characters, which can reverse the
 * direction of what follows or hide something; surrogates without a partner, which cannot be
 * encoded; and code points that stand for no character.
 */
public final class SafeText {
    /** The most characters that are shown of one name, or of one list of names. */
    public static final int MAX_NAME_CHARS = 200;

    private static final int REPLACEMENT = '?';

    private SafeText() {}

    /** The text as one line. */
    public static String line(String text) {
        return replaced(text, false);
    }

    /** The text with its line feeds. A carriage return before a line feed is dropped. */
    public static String lines(String text) {
        return replaced(text.replace("\r\n", "\n"), true);
    }

    /** A name of something or somebody, as one line of at most {@link #MAX_NAME_CHARS}. */
    public static String name(String text) {
        return abridged(text, MAX_NAME_CHARS);
    }

    /**
     * The text as one line of at most that many characters. A longer text is cut, and how long it
     * was stands behind it.
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
     * Names as a list in brackets. As many are shown as go into {@link #MAX_NAME_CHARS} characters,
     * at least one, and the others are counted.
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
     * The last lines of a text, each abridged. How many lines are left out stands before them.
     *
     * @param maxLines at most that many lines of the text
     * @param maxLineChars at most that many characters of a line
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

    /** The beginning of a text, not cut within a character. */
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
