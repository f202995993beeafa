package io.pageproxy.net;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ScheduledFuture;
import io.pageproxy.async.Reactions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** Event loops of the epoll transport, which adopted descriptors require. */
public final class EventLoops {
    private EventLoops() {}

    /**
     * Submits a task to an event loop; callable on any thread.
     *
     * @return whether the task was accepted; false if the loop has terminated
     */
    public static boolean tryExecute(EventLoop loop, Runnable task) {
        try {
            loop.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /**
     * Schedules a task on a loop; callable on any thread. If {@code over} completes first, the task
     * is cancelled and removed from the loop, so that it does not keep objects in memory.
     */
    public static void scheduleUnlessDone(
            CompletableFuture<?> over, EventLoop loop, Duration time, Runnable task) {
        ScheduledFuture<?> timer = loop.schedule(task, time.toMillis(), TimeUnit.MILLISECONDS);
        Reactions.whenDone(over, () -> timer.cancel(false));
    }

    /**
     * Creates a group of event loops on daemon threads.
     *
     * @throws IllegalStateException if epoll is not available; the message says why and what to do
     */
    public static EventLoopGroup create(String name, int threads) {
        if (!Epoll.isAvailable()) {
            throw new IllegalStateException(
                    "epoll's native library cannot be loaded ("
                            + Epoll.unavailabilityCause().getMessage()
                            + "); it is unpacked into the temporary folder, which must not be"
                            + " mounted noexec: name another with"
                            + " PAGEPROXY_JAVA_OPTS=-Dio.netty.native.workdir=DIR",
                    Epoll.unavailabilityCause());
        }
        return new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory(name, true), EpollIoHandler.newFactory());
    }
}
