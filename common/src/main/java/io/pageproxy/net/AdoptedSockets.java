package io.pageproxy.net;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;

/**
 * Makes Netty channels of connected AF_UNIX sockets that were opened elsewhere, by socketpair for
 * one.
 */
public final class AdoptedSockets {
    private AdoptedSockets() {}

    /**
     * Takes a descriptor over and registers it; may be called from any thread. The channel owns the
     * descriptor from this call on, and where the registration fails it is closed.
     *
     * @param descriptor a connected AF_UNIX stream socket, non-blocking
     * @param loop an event loop of the epoll transport
     * @param initializer added to the pipeline before the channel becomes active, on the loop's
     *     thread
     * @return completes on the loop's thread when the channel is registered and active
     * @throws UnsatisfiedLinkError if the epoll transport cannot be loaded; then the descriptor is
     *     left as it was
     */
    public static ChannelFuture adopt(int descriptor, EventLoop loop, ChannelHandler initializer) {
        Epoll.ensureAvailability();
        EpollDomainSocketChannel channel = new EpollDomainSocketChannel(descriptor);
        channel.pipeline().addLast(initializer);
        ChannelFuture registered = loop.register(channel);
        registered.addListener(
                future -> {
                    if (!future.isSuccess()) {
                        channel.unsafe().closeForcibly();
                    }
                });
        return registered;
    }
}
