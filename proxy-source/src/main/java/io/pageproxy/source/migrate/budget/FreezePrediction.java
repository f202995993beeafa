package io.pageproxy.source.migrate.budget;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * How long the tree would be down if it was frozen now.
 *
 * <p>Rounds of different sizes tell what a byte costs on this link, and what a dump costs without
 * any. The tree writes as fast as it did between the begins of the last two rounds, but never more
 * than all of its memory. The restore takes what a dump takes without its pages, and the time to
 * read the memory. All of these err on the long side where they are not measured.
 *
 * @param dirtyBytes what the tree has probably written since the last round began
 * @param bytesPerSecond of pages, on this link
 * @param fixedSeconds of a dump without pages
 * @param restoreSeconds until the tree runs at the destination
 * @param copySeconds of the last copy of the tree's files; 0 if none are copied
 */
public record FreezePrediction(
        double dirtyBytes,
        double bytesPerSecond,
        double fixedSeconds,
        double restoreSeconds,
        double copySeconds) {
    /** How fast a restore reads memory, if it reads from the page cache. */
    static final double RESTORE_BYTES_PER_SECOND = 1 << 30;

    /**
     * Predicts the downtime if the tree were frozen now.
     *
     * @param rounds at least one, in order
     * @param nowSeconds on the clock of the rounds
     */
    public static FreezePrediction of(List<PastRound> rounds, double nowSeconds) {
        Comparator<PastRound> bySize = Comparator.comparingLong(PastRound::pageBytes);
        PastRound largest = rounds.stream().max(bySize).orElseThrow();
        PastRound smallest = rounds.stream().min(bySize).orElseThrow();
        double rate = bytesPerSecond(largest, smallest);
        double memory = Math.max(1, largest.pageBytes());
        double fixed =
                Math.max(leastFixed(rounds), smallest.seconds() - smallest.pageBytes() / rate);
        return new FreezePrediction(
                Math.min(memory, dirtyBytes(rounds, nowSeconds)),
                rate,
                fixed,
                fixed + memory / RESTORE_BYTES_PER_SECOND,
                0);
    }

    /** Known even if all rounds are of one size. */
    private static double leastFixed(List<PastRound> rounds) {
        double frozen =
                rounds.stream()
                        .flatMapToDouble(round -> round.frozenSeconds().stream())
                        .min()
                        .orElse(0);
        double startup = rounds.stream().mapToDouble(PastRound::startupSeconds).min().orElse(0);
        return Math.max(frozen, startup);
    }

    private static double bytesPerSecond(PastRound largest, PastRound smallest) {
        double moreBytes = largest.pageBytes() - smallest.pageBytes();
        double moreSeconds = largest.seconds() - smallest.seconds();
        return moreBytes > 0 && moreSeconds > 0
                ? moreBytes / moreSeconds
                : Math.max(1, largest.pageBytes()) / Math.max(1e-9, largest.seconds());
    }

    /** After a single round nothing is known but the size of the memory. */
    private static double dirtyBytes(List<PastRound> rounds, double nowSeconds) {
        PastRound last = rounds.get(rounds.size() - 1);
        if (rounds.size() == 1) {
            return last.pageBytes();
        }
        double interval = last.startSeconds() - rounds.get(rounds.size() - 2).startSeconds();
        double since = nowSeconds - last.startSeconds();
        return last.pageBytes() / Math.max(1e-9, interval) * since;
    }

    /** The same if files are copied, too. */
    FreezePrediction withFiles(double seconds) {
        return new FreezePrediction(
                dirtyBytes, bytesPerSecond, fixedSeconds, restoreSeconds, seconds);
    }

    /** The same if what was written since the last round comes when the tree runs again. */
    FreezePrediction withoutDirtyPages() {
        return new FreezePrediction(0, bytesPerSecond, fixedSeconds, restoreSeconds, copySeconds);
    }

    /** The downtime. */
    public double seconds() {
        return fixedSeconds + dirtyBytes / bytesPerSecond + restoreSeconds + copySeconds;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "down for about %.3f s (%.1f MiB dirty at %.1f MiB/s, dump %.3f s, restore %.3f s%s)",
                seconds(),
                dirtyBytes / (1 << 20),
                bytesPerSecond / (1 << 20),
                fixedSeconds,
                restoreSeconds,
                copySeconds > 0 ? String.format(Locale.ROOT, ", files %.3f s", copySeconds) : "");
    }
}
