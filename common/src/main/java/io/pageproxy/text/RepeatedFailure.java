package io.pageproxy.text;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Decides when a failure that comes again and again is logged: the first time at once, after that
 * once in {@value #PERIOD_SECONDS} s. For one thread.
 */
public final class RepeatedFailure {
    public static final long PERIOD_SECONDS = 10;

    private final LongSupplier nanoClock;
    private boolean told;
    private long toldNanos;
    private long untold;

    /** One that has not happened yet. */
    public RepeatedFailure() {
        this(System::nanoTime);
    }

    /** The same, with a clock such as {@link System#nanoTime}. */
    public RepeatedFailure(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /**
     * It has happened. Empty: it is not logged this time.
     *
     * @return how often it has happened since it was last logged, this time not counted
     */
    public OptionalLong again() {
        long now = nanoClock.getAsLong();
        if (told && now - toldNanos < TimeUnit.SECONDS.toNanos(PERIOD_SECONDS)) {
            untold++;
            return OptionalLong.empty();
        }
        long before = untold;
        told = true;
        toldNanos = now;
        untold = 0;
        return OptionalLong.of(before);
    }

    /** Says so behind a message; empty where there were none. */
    public static String timesBefore(long before) {
        return before == 0 ? "" : " (and " + before + " times before)";
    }
}
