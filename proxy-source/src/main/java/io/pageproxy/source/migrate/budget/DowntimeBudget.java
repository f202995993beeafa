package io.pageproxy.source.migrate.budget;

import java.time.Duration;

/**
 * How long the tree may be down, and what may be done for it.
 *
 * @param maxDowntime longest time without a running task
 * @param maxRounds how many rounds may be tried, at least 1
 * @param autoConverge whether the tree is throttled if its rounds do not shrink
 * @param onNoConvergence what follows the last round if the prediction is still too long
 */
public record DowntimeBudget(
        Duration maxDowntime, int maxRounds, boolean autoConverge, NoConvergence onNoConvergence) {
    /** As many as the steps of the throttle, and some to see what each does. */
    public static final int DEFAULT_MAX_ROUNDS = 16;

    /** Checks the ranges. */
    public DowntimeBudget {
        if (maxDowntime.isZero() || maxDowntime.isNegative() || maxRounds < 1) {
            throw new IllegalArgumentException(maxDowntime + " in " + maxRounds + " rounds");
        }
    }

    /** The longest downtime in seconds. */
    public double maxSeconds() {
        return maxDowntime.toNanos() / 1e9;
    }
}
