package io.pageproxy.net;

import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import io.pageproxy.process.ProcessActivity;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Notices that a child which a session waits for makes no progress. It is waited for without bound
 * as long as it does anything. One in an uninterruptible sleep, in which a disk is written or
 * synced, shows nothing of that and has ten times as long. Time in which nothing is expected of it
 * does not count.
 *
 * <p>On the session's event loop; /proc is read on workers.
 */
public final class StallWatch {
    /** So much longer the kernel may take for what it does for the child. */
    static final int IN_KERNEL_FACTOR = 10;

    private static final int LOOKS_PER_LIMIT = 4;
    private static final long LONGEST_PERIOD_MILLIS = 5_000;

    private final Duration limit;
    private final EventLoop loop;
    private final Executor workers;
    private final Supplier<ProcessActivity> look;
    private final BooleanSupplier awaited;
    private final LongSupplier taken;
    private final Consumer<Duration> onStall;
    private CompletableFuture<?> over;
    private ProcessActivity last;
    private long lastTaken;
    private long sinceNanos;

    /**
     * One that does not watch yet.
     *
     * @param look looks at the child, on a worker
     * @param awaited whether anything is expected of the child just now
     * @param taken what the child has taken of its socket, or what is left of that: any number that
     *     changes with it
     * @param onStall hears, once, for how long the child has done nothing
     */
    public StallWatch(
            Duration limit,
            EventLoop loop,
            Executor workers,
            Supplier<ProcessActivity> look,
            BooleanSupplier awaited,
            LongSupplier taken,
            Consumer<Duration> onStall) {
        this.limit = limit;
        this.loop = loop;
        this.workers = workers;
        this.look = look;
        this.awaited = awaited;
        this.taken = taken;
        this.onStall = onStall;
    }

    /** Watches until that completes, or the child has stalled. */
    public void watchUntil(CompletableFuture<?> end) {
        over = end;
        scheduleLook();
    }

    private void scheduleLook() {
        long millis = Math.min(LONGEST_PERIOD_MILLIS, limit.toMillis() / LOOKS_PER_LIMIT);
        loop.schedule(this::lookIfAwaited, Math.max(1, millis), TimeUnit.MILLISECONDS);
    }

    private void lookIfAwaited() {
        if (over.isDone()) {
            return;
        }
        if (!awaited.getAsBoolean()) {
            last = null;
            scheduleLook();
            return;
        }
        Reactions.when(
                CompletableFuture.supplyAsync(look, workers),
                loop,
                this::judge,
                fault -> scheduleLook());
    }

    private void judge(ProcessActivity now) {
        if (over.isDone()) {
            return;
        }
        long takenNow = taken.getAsLong();
        if (last == null || !now.done().equals(last.done()) || takenNow != lastTaken) {
            last = now;
            lastTaken = takenNow;
            sinceNanos = System.nanoTime();
        }
        Duration idle = Duration.ofNanos(System.nanoTime() - sinceNanos);
        Duration most = now.inKernel() ? limit.multipliedBy(IN_KERNEL_FACTOR) : limit;
        if (!awaited.getAsBoolean()) {
            last = null;
        } else if (idle.compareTo(most) >= 0) {
            onStall.accept(idle);
            return;
        }
        scheduleLook();
    }
}
