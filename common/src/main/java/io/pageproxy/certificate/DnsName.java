package io.pageproxy.certificate;

import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Converts DNS names to the canonical form in which they are compared: lower case, no trailing dot,
 * international labels as A-labels ({@code xn--...}). Underscores are accepted because real hosts
 * use them.
 */
public final class DnsName {
    private static final int MAX_LENGTH = 253;

    private static final Pattern LEGAL =
            Pattern.compile("(?!-)[a-z0-9_-]{1,63}(?<!-)(\\.(?!-)[a-z0-9_-]{1,63}(?<!-))*");

    /**
     * Characters that IDNA 2003 and 2008 map to different names; only their A-label is unambiguous.
     */
    private static final Pattern AMBIGUOUS = Pattern.compile("[\u00DF\u1E9E\u03C2\u200C\u200D]");

    private DnsName() {}

    /**
     * Converts a name given by the operator to its canonical form.
     *
     * @throws IllegalArgumentException if the name is invalid; the message says why and what to do,
     *     without repeating the name
     */
    public static String canonical(String given) {
        if (given.indexOf('*') >= 0) {
            throw new IllegalArgumentException(
                    "patterns are not supported; give each name in full");
        }
        if (AMBIGUOUS.matcher(given).find()) {
            throw new IllegalArgumentException(
                    "it has a character that two versions of IDNA map to different names; give the"
                            + " name as its certificate bears it, with xn--");
        }
        return canonicalOf(given)
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "not a DNS name; give one such as host.example, without a"
                                                + " scheme, port or path"));
    }

    /** Converts a name from a certificate to its canonical form; empty if it is not a DNS name. */
    public static Optional<String> canonicalOf(String name) {
        try {
            String ascii = isAscii(name) ? name : IDN.toASCII(name);
            String lower = withoutTrailingDot(ascii).toLowerCase(Locale.ROOT);
            return lower.length() <= MAX_LENGTH && LEGAL.matcher(lower).matches()
                    ? Optional.of(lower)
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean isAscii(String name) {
        return StandardCharsets.US_ASCII.newEncoder().canEncode(name);
    }

    private static String withoutTrailingDot(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }
}
