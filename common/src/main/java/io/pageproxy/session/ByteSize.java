package io.pageproxy.session;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses sizes such as {@code 512M} or {@code 10G}; without a unit, bytes. */
public final class ByteSize {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})([KMGT]?)(i?B?)");

    private ByteSize() {}

    /**
     * Returns the size in bytes, with units as powers of 1024; at least 1.
     *
     * @throws IllegalArgumentException if the text is not a valid size; the message contains the
     *     text
     */
    public static long parse(String text) {
        Matcher matcher = SIZE.matcher(text.toUpperCase(Locale.ROOT).replace("IB", "iB"));
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a size such as 512M or 10G");
        }
        long number = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2);
        int shift = unit.isEmpty() ? 0 : 10 * (1 + "KMGT".indexOf(unit));
        if (number == 0 || number > Long.MAX_VALUE >> shift) {
            throw new IllegalArgumentException("'" + text + "' is not a size that can be");
        }
        return number << shift;
    }
}
