package io.pageproxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EventLoopsTest {
    private static final long NOTHING_SCHEDULED = -1;

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private final AtomicInteger done = new AtomicInteger();

    EventLoopsTest() {
        channel.freezeTime();
        EventLoops.scheduleUnlessDone(
                over, channel.eventLoop(), Duration.ofSeconds(10), done::incrementAndGet);
    }

    @Test
    void taskRunsAfterItsDelay() {
        channel.advanceTimeBy(10, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(done).hasValue(1);
    }

    @Test
    void taskIsRemovedAsSoonAsFutureCompletes() {
        over.complete(null);
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(NOTHING_SCHEDULED);
        channel.advanceTimeBy(10, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(done).hasValue(0);
    }
}
