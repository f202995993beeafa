package io.pageproxy.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.pageproxy.net.EventLoops;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class StallWatchTest {
    private static final EventLoopGroup GROUP = EventLoops.create("test", 1);
    private static final Duration LIMIT = Duration.ofMillis(40);
    private static final Duration LONG = LIMIT.multipliedBy(6);

    private final AtomicLong checks = new AtomicLong();
    private final AtomicLong taken = new AtomicLong();
    private final CompletableFuture<Duration> stalled = new CompletableFuture<>();
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private volatile boolean busy;
    private volatile boolean inKernel;
    private volatile boolean awaited = true;
    private volatile boolean takes;

    private void watch() {
        new StallWatch(
                        LIMIT,
                        GROUP.next(),
                        ForkJoinPool.commonPool(),
                        this::look,
                        () -> awaited,
                        () -> takes ? taken.incrementAndGet() : 0,
                        stalled::complete)
                .watchUntil(over);
    }

    private ProcessActivity look() {
        long number = checks.incrementAndGet();
        return new ProcessActivity(busy ? "" + number : "", inKernel);
    }

    @AfterAll
    static void stopLoops() {
        GROUP.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private void assertNoStall() {
        await().during(LONG).until(() -> !stalled.isDone());
        over.complete(null);
    }

    @Test
    void idleChildStalls() {
        watch();
        assertThat(stalled.orTimeout(10, TimeUnit.SECONDS).join()).isGreaterThanOrEqualTo(LIMIT);
    }

    @Test
    void busyChildIsWaitedForWithoutLimit() {
        busy = true;
        watch();
        assertNoStall();
    }

    @Test
    void childThatReadsItsSocketIsWaitedFor() {
        takes = true;
        watch();
        assertNoStall();
    }

    @Test
    void childIsNotCheckedWhileNothingIsExpected() {
        awaited = false;
        watch();
        assertNoStall();
        assertThat(checks).hasValue(0);
    }

    @Test
    void childInUninterruptibleSleepHasTenTimesTheLimit() {
        inKernel = true;
        watch();
        assertThat(stalled.orTimeout(10, TimeUnit.SECONDS).join())
                .isGreaterThanOrEqualTo(LIMIT.multipliedBy(StallWatch.IN_KERNEL_FACTOR));
    }

    @Test
    void noStallIsReportedAfterSessionEnds() {
        over.complete(null);
        watch();
        assertNoStall();
        assertThat(checks).hasValue(0);
    }
}
