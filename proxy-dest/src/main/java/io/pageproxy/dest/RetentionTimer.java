package io.pageproxy.dest;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.pageproxy.dest.images.ExpiredImages;
import io.pageproxy.dest.session.DestConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Removes images that have expired: now, and from time to time, on a thread of its own. */
final class RetentionTimer implements AutoCloseable {
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofHours(1);

    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("retention", true));

    private final DestConfig config;

    RetentionTimer(DestConfig config) {
        this.config = config;
    }

    /** Begins, if images expire at all. */
    void start() {
        config.keeping().retention().ifPresent(this::start);
    }

    private void start(Duration retention) {
        Duration tenth = retention.dividedBy(10);
        Duration period =
                tenth.compareTo(SHORTEST) < 0
                        ? SHORTEST
                        : tenth.compareTo(LONGEST) > 0 ? LONGEST : tenth;
        thread.scheduleWithFixedDelay(
                () -> ExpiredImages.remove(config.imagesDir(), retention, Instant.now()),
                0,
                period.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Removes nothing more. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
