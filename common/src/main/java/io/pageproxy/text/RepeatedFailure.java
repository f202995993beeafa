package io.pageproxy.text;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Decides when a recurring failure is logged: the first time immediately, later at most once in
 * {@value #PERIOD_SECONDS} s. Not thread-safe.
 */
public final class RepeatedFailure {
    public static final long PERIOD_SECONDS = 10;

    private final LongSupplier nanoClock;
    private boolean logged;
    private long loggedNanos;
    private long unlogged;

    /** Creates a failure that has not occurred yet. */
    public RepeatedFailure() {
        this(System::nanoTime);
    }

    /** Creates a failure with a clock such as {@link System#nanoTime}. */
    public RepeatedFailure(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /**
     * Records an occurrence. Returns empty if it must not be logged this time.
     *
     * @return the number of occurrences since it was last logged, not counting this one
     */
    public OptionalLong again() {
        long now = nanoClock.getAsLong();
        if (logged && now - loggedNanos < TimeUnit.SECONDS.toNanos(PERIOD_SECONDS)) {
            unlogged++;
            return OptionalLong.empty();
        }
        long before = unlogged;
        logged = true;
        loggedNanos = now;
        unlogged = 0;
        return OptionalLong.of(before);
    }

    /**
     * Returns a suffix for a log message with the number of unlogged occurrences; empty if there
     * are none.
     */
    public static String timesBefore(long before) {
        return before == 0 ? "" : " (and " + before + " times before)";
    }
}
