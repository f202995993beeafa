package io.pageproxy.cli.rehearsal;

import java.util.ArrayList;
import java.util.List;

/**
 * Tells from the durations of equal rounds whether they have stopped to become faster. What else
 * runs on the host makes a round slower and never faster, so only the best of several counts.
 */
final class Settling {
    /** Rounds that are compared with all before them. */
    static final int WINDOW = 4;

    /** A best round that is this much faster than the best before has not settled. */
    static final double GAIN = 0.05;

    private final List<Long> roundNanos = new ArrayList<>();

    /** Adds the duration of the newest round. */
    void add(long nanos) {
        roundNanos.add(nanos);
    }

    /** Number of rounds so far. */
    int rounds() {
        return roundNanos.size();
    }

    /** Duration of the newest round. */
    long last() {
        return roundNanos.get(roundNanos.size() - 1);
    }

    /** Whether the best of the last rounds is hardly faster than the best before them. */
    boolean isSettled() {
        int before = roundNanos.size() - WINDOW;
        return before >= WINDOW && best(before, roundNanos.size()) >= (1 - GAIN) * best(0, before);
    }

    private long best(int from, int to) {
        return roundNanos.subList(from, to).stream().mapToLong(Long::longValue).min().orElseThrow();
    }
}
