package io.pageproxy.net;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;

/**
 * Creates Netty channels for connected AF_UNIX sockets that were opened elsewhere, for example by
 * socketpair.
 */
public final class AdoptedSockets {
    private AdoptedSockets() {}

    /**
     * Takes ownership of a descriptor and registers it with an event loop; callable on any thread.
     * The channel owns the descriptor from this call on, and closes it if the registration fails.
     *
     * @param descriptor a connected AF_UNIX stream socket, non-blocking
     * @param loop an event loop of the epoll transport
     * @param initializer added to the pipeline before the channel becomes active, on the loop's
     *     thread
     * @return completes on the loop's thread when the channel is registered and active
     * @throws UnsatisfiedLinkError if the epoll transport cannot be loaded; the descriptor is then
     *     left untouched
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
