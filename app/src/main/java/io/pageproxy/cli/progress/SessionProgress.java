package io.pageproxy.cli.progress;

import io.pageproxy.cli.Quantities;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.SessionFigures;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Describes the progress of active sessions, taken together, in one line: with percent and time
 * left where it is known how much there is to send. What matters most comes first, because a narrow
 * terminal cuts the end. Not thread-safe.
 */
public final class SessionProgress {
    /** Shown as long as a session is under way, since the total is an estimate. */
    private static final int MAX_PERCENT = 99;

    private final Supplier<OptionalLong> estimate;
    private final LongSupplier nanoClock;
    private final RecentRate rate = new RecentRate();
    private OptionalLong totalBytes = OptionalLong.empty();

    /**
     * @param estimate how many bytes of pages the next session will have, if that is known
     * @param nanoClock such as {@link System#nanoTime}
     */
    public SessionProgress(Supplier<OptionalLong> estimate, LongSupplier nanoClock) {
        this.estimate = estimate;
        this.nanoClock = nanoClock;
    }

    /** Returns the line; empty if no session has begun its stream. */
    public Optional<String> text(List<SessionFigures> active) {
        if (active.stream().allMatch(session -> session.totals().records() == 0)) {
            totalBytes = estimate.get();
            rate.clear();
            return Optional.empty();
        }
        if (active.stream().allMatch(SessionFigures::checking)) {
            return Optional.of("all sent; the destination checks and syncs its images");
        }
        return Optional.of(text(active, active.get(0).pageSizeBytes()));
    }

    private String text(List<SessionFigures> active, int pageSizeBytes) {
        StreamTotals totals =
                active.stream()
                        .map(SessionFigures::totals)
                        .reduce(StreamTotals.NONE, StreamTotals::plus);
        long wireBytes = active.stream().mapToLong(SessionFigures::wireBytesSent).sum();
        // Pages that are left to the parent session need not be sent.
        long doneBytes = (totals.pages() + totals.parentPages()) * pageSizeBytes;
        rate.add(nanoClock.getAsLong(), doneBytes);
        double bytesPerSecond = rate.bytesPerSecond().orElseGet(() -> average(active, doneBytes));
        String figures =
                String.format(
                        Locale.ROOT,
                        "%s  %s  %,d pages",
                        Quantities.rate(Math.round(bytesPerSecond), 1),
                        Quantities.ratio(totals.streamBytes(), wireBytes),
                        totals.pages());
        return totalBytes.isPresent() && totalBytes.getAsLong() > 0
                ? ofTotal(doneBytes, totalBytes.getAsLong(), bytesPerSecond) + "  " + figures
                : Quantities.mebibytes(doneBytes) + "  " + figures;
    }

    private static String ofTotal(long doneBytes, long totalBytes, double bytesPerSecond) {
        long percent = Math.min(MAX_PERCENT, Math.round(100.0 * doneBytes / totalBytes));
        String left =
                doneBytes < totalBytes && bytesPerSecond > 0
                        ? Quantities.timeLeft((totalBytes - doneBytes) / bytesPerSecond)
                        : "almost done";
        return String.format(
                Locale.ROOT,
                "%2d%%  %s  %s of ~%s",
                percent,
                left,
                Quantities.mebibytes(doneBytes).replace(" MiB", ""),
                Quantities.mebibytes(Math.max(doneBytes, totalBytes)));
    }

    private static double average(List<SessionFigures> active, long doneBytes) {
        double seconds = active.stream().mapToDouble(SessionFigures::seconds).max().orElse(0);
        return seconds > 0 ? doneBytes / seconds : 0;
    }
}
