package io.pageproxy.net;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;

/** The threads that channels run on: epoll, since adopted descriptors need it. */
public final class EventLoops {
    private EventLoops() {}

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
