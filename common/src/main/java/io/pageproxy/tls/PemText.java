package io.pageproxy.tls;

import java.util.stream.Collectors;

/**
 * What editors and copying do to PEM, undone: byte order marks and indentation. BouncyCastle reads
 * over objects whose first line has anything before it.
 */
final class PemText {
    static final String BEGIN = "-----BEGIN ";

    /** The mark of UTF-8, as ISO 8859-1 reads it. */
    private static final String UTF_8_MARK = "\u00EF\u00BB\u00BF";

    private PemText() {}

    /** The text without marks, which stand at the head of each file of a concatenation. */
    static String normalized(String text) {
        return text.lines()
                .map(line -> line.replace(UTF_8_MARK, "").strip())
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** Whether the text looks like UTF-16, which some Windows tools write. */
    static boolean isUtf16(String text) {
        return text.startsWith("\u00FF\u00FE") || text.startsWith("\u00FE\u00FF");
    }

    /** How many objects begin in it. */
    static int beginnings(String text) {
        int count = 0;
        for (int at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + 1)) {
            count++;
        }
        return count;
    }
}
