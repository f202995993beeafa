package io.pageproxy.cli;

import io.pageproxy.session.Progress;
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

    /** Formats the progress of a session as one line. */
    public static String of(Progress progress) {
        if (progress.checking()) {
            return "all sent; the destination checks and syncs its images";
        }
        long plainBytes = progress.totals().streamBytes();
        return String.format(
                Locale.ROOT,
                "%,d pages  %s  %s  %s",
                progress.totals().pages(),
                mebibytes(plainBytes),
                rate(plainBytes, progress.seconds()),
                ratio(plainBytes, progress.wireBytes()));
    }
}
