package io.pageproxy.text;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Limits how many lines somebody can make us log: {@value #LINES} in each {@link #PERIOD}, for each
 * who causes them. What is over the limit is counted by kind and told at the end of the period, so
 * that nothing passes unseen. Safe for all threads.
 */
public final class LineLimit {
    /** How many lines one may cause in a period. */
    public static final int LINES = 20;

    public static final Duration PERIOD = Duration.ofSeconds(10);

    /** How many have a limit of their own in a period; all further ones share one. */
    static final int MAX_CAUSERS = 1000;

    static final String FURTHER = "(others)";

    private final Consumer<Runnable> atPeriodsEnd;
    private final BiConsumer<String, String> onRest;
    private final Map<String, Account> accounts = new HashMap<>();

    /**
     * A limit of which nothing is used.
     *
     * @param atPeriodsEnd runs what it is given when {@link #PERIOD} has passed, on any thread
     * @param onRest hears at the end of a period who caused more lines than the limit, and how many
     *     of which kind were not logged, such as {@code peer_lost=3 probed=900}
     */
    public LineLimit(Consumer<Runnable> atPeriodsEnd, BiConsumer<String, String> onRest) {
        this.atPeriodsEnd = atPeriodsEnd;
        this.onRest = onRest;
    }

    /**
     * Whether a line may be logged; else it has been counted.
     *
     * @param causer who causes it
     * @param kind what it would be counted as: one of a few constant words
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
        account.unlogged.merge(kind, 1L, Long::sum);
        return false;
    }

    private synchronized void endPeriod() {
        accounts.forEach(
                (causer, account) -> {
                    if (!account.unlogged.isEmpty()) {
                        onRest.accept(causer, account.counts());
                    }
                });
        accounts.clear();
    }

    /** What one has caused in this period. */
    private static final class Account {
        private final Map<String, Long> unlogged = new TreeMap<>();
        private int lines;

        String counts() {
            StringJoiner counts = new StringJoiner(" ");
            unlogged.forEach((kind, count) -> counts.add(kind + "=" + count));
            return counts.toString();
        }
    }
}
