package io.pageproxy.session;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: {@code 512M}, {@code 10G}; without a unit: bytes. */
public final class ByteSize {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})([KMGT]?)(i?B?)");

    private ByteSize() {}

    /**
     * The size in bytes, in powers of 1024; at least 1.
     *
     * @throws IllegalArgumentException that names the text where it is no size that can be
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
