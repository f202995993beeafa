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

/** The threads that channels run on: epoll, since adopted descriptors need it. */
public final class EventLoops {
    private EventLoops() {}

    /**
     * Hands a task to a loop, from any thread.
     *
     * @return whether it will be done: not where the loop has come to its end
     */
    public static boolean tell(EventLoop loop, Runnable task) {
        try {
            loop.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /**
     * Has a task done on a loop after that time, from any thread, unless something is over before:
     * then the loop forgets it, and with it all that it would have kept in memory for so long.
     */
    public static void unlessOver(
            CompletableFuture<?> over, EventLoop loop, Duration time, Runnable task) {
        ScheduledFuture<?> timer = loop.schedule(task, time.toMillis(), TimeUnit.MILLISECONDS);
        Reactions.whenDone(over, () -> timer.cancel(false));
    }

    /**
     * A group of event loops, on daemon threads.
     *
     * @throws IllegalStateException where epoll cannot be had; says why and what to do
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
