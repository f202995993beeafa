package io.pageproxy.certificate;

import java.util.stream.Collectors;

/**
 * Removes byte order marks and indentation, which editors and copying add to PEM files.
 * BouncyCastle skips objects whose first line does not start with {@code -----BEGIN}.
 */
final class PemText {
    static final String BEGIN = "-----BEGIN ";

    /** The UTF-8 byte order mark decoded as ISO 8859-1. */
    private static final String UTF_8_MARK = "\u00EF\u00BB\u00BF";

    private PemText() {}

    /**
     * Removes byte order marks and indentation. In concatenated files, marks can occur anywhere.
     */
    static String normalized(String text) {
        return text.lines()
                .map(line -> line.replace(UTF_8_MARK, "").strip())
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** Whether the text looks like UTF-16, which some Windows tools write. */
    static boolean isUtf16(String text) {
        return text.startsWith("\u00FF\u00FE") || text.startsWith("\u00FE\u00FF");
    }

    /** Number of {@code -----BEGIN} lines. */
    static int beginnings(String text) {
        int count = 0;
        for (int at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + 1)) {
            count++;
        }
        return count;
    }
}
