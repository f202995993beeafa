package io.pageproxy.text;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Limits the log lines that each peer can cause to {@value #LINES} per {@link #PERIOD}. Lines over
 * the limit are counted by kind and reported at the end of the period, so nothing goes unnoticed.
 * Thread-safe.
 */
public final class LineLimit {
    /** Lines that one causer may log per period. */
    public static final int LINES = 20;

    public static final Duration PERIOD = Duration.ofSeconds(10);

    /** Number of causers with a limit of their own per period; all others share one. */
    static final int MAX_CAUSERS = 1000;

    static final String FURTHER = "(others)";

    private final Consumer<Runnable> atPeriodsEnd;
    private final BiConsumer<String, String> onSuppressed;
    private final Map<String, Account> accounts = new HashMap<>();

    /**
     * Creates an unused limit.
     *
     * @param atPeriodsEnd schedules a task that runs after {@link #PERIOD}, on any thread
     * @param onSuppressed called at the end of a period with each causer over its limit and the
     *     number of its suppressed lines by kind, such as {@code peer_lost=3 probed=900}
     */
    public LineLimit(Consumer<Runnable> atPeriodsEnd, BiConsumer<String, String> onSuppressed) {
        this.atPeriodsEnd = atPeriodsEnd;
        this.onSuppressed = onSuppressed;
    }

    /**
     * Returns whether a line may be logged; otherwise it is counted.
     *
     * @param causer who causes the line
     * @param kind kind under which a suppressed line is counted; one of a few constants
     */
    public synchronized boolean admits(String causer, String kind) {
        if (accounts.isEmpty()) {
            atPeriodsEnd.accept(this::endPeriod);
        }
        boolean own = accounts.size() < MAX_CAUSERS || accounts.containsKey(causer);
        Account account = accounts.computeIfAbsent(own ? causer : FURTHER, key -> new Account());
        if (account.lines < LINES) {
            account.lines++;
            return true;
        }
        account.suppressed.merge(kind, 1L, Long::sum);
        return false;
    }

    private synchronized void endPeriod() {
        accounts.forEach(
                (causer, account) -> {
                    if (!account.suppressed.isEmpty()) {
                        onSuppressed.accept(causer, account.counts());
                    }
                });
        accounts.clear();
    }

    /** The lines of one causer in this period. */
    private static final class Account {
        private final Map<String, Long> suppressed = new TreeMap<>();
        private int lines;

        String counts() {
            StringJoiner counts = new StringJoiner(" ");
            suppressed.forEach((kind, count) -> counts.add(kind + "=" + count));
            return counts.toString();
        }
    }
}
