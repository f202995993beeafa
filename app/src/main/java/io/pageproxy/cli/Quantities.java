package io.pageproxy.cli;

import java.util.Locale;

/** Formats quantities for display. */
public final class Quantities {
    private Quantities() {}

    /** Formats a size, such as {@code 236.2 MiB}. */
    public static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }

    /** Formats a rate, such as {@code 200 MB/s}. */
    public static String rate(long bytes, double seconds) {
        return String.format(Locale.ROOT, "%.0f MB/s", seconds > 0 ? bytes / seconds / 1e6 : 0);
    }

    /** Formats a compression ratio, such as {@code 2.6:1}. */
    public static String ratio(long plainBytes, long wireBytes) {
        return String.format(
                Locale.ROOT, "%.1f:1", wireBytes > 0 ? (double) plainBytes / wireBytes : 0);
    }

    /** Formats the time that is left, such as {@code 7 s left} or {@code 1 h 05 min left}. */
    public static String timeLeft(double seconds) {
        long left = Math.round(Math.ceil(seconds));
        if (left < 60) {
            return left + " s left";
        }
        long minutes = (left + 59) / 60;
        return minutes < 60
                ? minutes + " min left"
                : String.format(Locale.ROOT, "%d h %02d min left", minutes / 60, minutes % 60);
    }
}
