package io.pageproxy.tls;

import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * DNS names in the one form in which they are compared: lower case, without a trailing dot,
 * international labels as A-labels ({@code xn--...}). Underscores are legal, since real hosts have
 * them.
 */
final class DnsName {
    private static final int MAX_LENGTH = 253;

    private static final Pattern LEGAL =
            Pattern.compile("(?!-)[a-z0-9_-]{1,63}(?<!-)(\\.(?!-)[a-z0-9_-]{1,63}(?<!-))*");

    /** IDNA 2003 and 2008 map these to different names, so only their A-label is unambiguous. */
    private static final Pattern AMBIGUOUS = Pattern.compile("[\u00DF\u1E9E\u03C2\u200C\u200D]");

    private DnsName() {}

    /**
     * A name that a person has given, in its canonical form.
     *
     * @throws IllegalArgumentException whose message says what is wrong with the name and what to
     *     do, without the name itself
     */
    static String canonical(String given) {
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

    /** The same for a name of a certificate; empty where it is not a DNS name. */
    static Optional<String> canonicalOf(String name) {
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
