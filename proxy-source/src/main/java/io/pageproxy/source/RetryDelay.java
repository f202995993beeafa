package io.pageproxy.source;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The delay before a destination that did not accept is dialled again. It doubles each time, up to
 * a limit. Not thread-safe.
 */
public final class RetryDelay {
    private static final Duration FIRST = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private Duration next = FIRST;

    /** Blocks for the delay, or until {@code stopping} is at zero. */
    public void await(CountDownLatch stopping) throws InterruptedException {
        await(stopping, LONGEST);
    }

    /** The same, but no longer than that. */
    public void await(CountDownLatch stopping, Duration atMost) throws InterruptedException {
        stopping.await(Math.min(next.toMillis(), atMost.toMillis()), TimeUnit.MILLISECONDS);
        Duration twice = next.multipliedBy(2);
        next = twice.compareTo(LONGEST) > 0 ? LONGEST : twice;
    }

    /** Starts again with the shortest delay: the destination has accepted. */
    public void reset() {
        next = FIRST;
    }
}
