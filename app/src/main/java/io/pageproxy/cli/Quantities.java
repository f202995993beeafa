package io.pageproxy.cli;

import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.SessionFigures;
import java.util.List;
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

    /** Formats the progress of active sessions, taken together, as one line. */
    public static String progress(List<SessionFigures> active) {
        if (active.stream().allMatch(SessionFigures::checking)) {
            return "all sent; the destination checks and syncs its images";
        }
        StreamTotals totals =
                active.stream()
                        .map(SessionFigures::totals)
                        .reduce(StreamTotals.NONE, StreamTotals::plus);
        long wireBytes = active.stream().mapToLong(SessionFigures::wireBytesSent).sum();
        double seconds = active.stream().mapToDouble(SessionFigures::seconds).max().orElse(0);
        long plainBytes = totals.streamBytes();
        return String.format(
                Locale.ROOT,
                "%,d pages  %s  %s  %s",
                totals.pages(),
                mebibytes(plainBytes),
                rate(plainBytes, seconds),
                ratio(plainBytes, wireBytes));
    }
}
