package io.pageproxy.process;

import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Detects that a child process for which a session waits makes no progress. A child that does
 * anything is waited for without limit. One in uninterruptible sleep, where disk writes and syncs
 * happen, shows no progress and is granted ten times the limit. Time in which nothing is expected
 * of the child does not count.
 *
 * <p>Runs on the session's event loop; /proc is read on workers.
 */
public final class StallWatch {
    /** Factor on the limit while the kernel works for the child. */
    static final int IN_KERNEL_FACTOR = 10;

    private static final int CHECKS_PER_LIMIT = 4;
    private static final long MAX_PERIOD_MILLIS = 5_000;

    private final Duration limit;
    private final EventLoop loop;
    private final Executor workers;
    private final Supplier<ProcessActivity> activity;
    private final BooleanSupplier awaited;
    private final LongSupplier taken;
    private final Consumer<Duration> onStall;
    private CompletableFuture<?> over;
    private ProcessActivity last;
    private long lastTaken;
    private long sinceNanos;

    /**
     * Creates a watch that is not started yet.
     *
     * @param activity reads the child's activity, on a worker
     * @param awaited whether the child is currently expected to do anything
     * @param taken a number that changes whenever the child reads from its socket
     * @param onStall called once with the time for which the child has done nothing
     */
    public StallWatch(
            Duration limit,
            EventLoop loop,
            Executor workers,
            Supplier<ProcessActivity> activity,
            BooleanSupplier awaited,
            LongSupplier taken,
            Consumer<Duration> onStall) {
        this.limit = limit;
        this.loop = loop;
        this.workers = workers;
        this.activity = activity;
        this.awaited = awaited;
        this.taken = taken;
        this.onStall = onStall;
    }

    /** Watches until the future completes or the child has stalled. */
    public void watchUntil(CompletableFuture<?> end) {
        over = end;
        scheduleCheck();
    }

    private void scheduleCheck() {
        long millis = Math.min(MAX_PERIOD_MILLIS, limit.toMillis() / CHECKS_PER_LIMIT);
        loop.schedule(this::checkIfAwaited, Math.max(1, millis), TimeUnit.MILLISECONDS);
    }

    private void checkIfAwaited() {
        if (over.isDone()) {
            return;
        }
        if (!awaited.getAsBoolean()) {
            last = null;
            scheduleCheck();
            return;
        }
        Reactions.when(
                CompletableFuture.supplyAsync(activity, workers),
                loop,
                this::evaluate,
                fault -> scheduleCheck());
    }

    private void evaluate(ProcessActivity now) {
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
        scheduleCheck();
    }
}
