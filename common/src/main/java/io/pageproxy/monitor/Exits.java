package io.pageproxy.monitor;

import io.pageproxy.process.ExitStatus;

/** How a program's exit is told: its code, and 256 times the signal. */
public final class Exits {
    /** Told of a program whose monitor has ended: a failure. */
    public static final ExitStatus UNKNOWN = ExitStatus.exited(255);

    private static final int SIGNAL_FACTOR = 256;
    private static final int MAX = SIGNAL_FACTOR * 128;

    private Exits() {}

    /** The number that tells an exit. */
    public static long number(ExitStatus exit) {
        return exit.code() + (long) SIGNAL_FACTOR * exit.signal();
    }

    /** The reverse of {@link #number}; a failure if it is no such number. */
    public static ExitStatus of(long number) {
        return number < 0 || number >= MAX
                ? UNKNOWN
                : new ExitStatus((int) number % SIGNAL_FACTOR, (int) number / SIGNAL_FACTOR);
    }
}
