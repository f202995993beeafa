package io.pageproxy.source.tunnel;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.SocketAddress;

/** The socket of a tunnel: TCP or Unix, by its address. */
final class TunnelSocket {
    private TunnelSocket() {}

    /** Connects the socket. */
    static ChannelFuture connect(Bootstrap bootstrap) {
        ChannelFuture connecting = bootstrap.connect();
        return connecting.addListener(
                connected -> {
                    if (connected.isSuccess()) {
                        CongestionControl.ofTunnels().onConnected(connecting.channel());
                    }
                });
    }

    /** A bootstrap for the address; the caller adds event loop and pipeline. */
    static Bootstrap to(SocketAddress address) {
        Bootstrap bootstrap = new Bootstrap().remoteAddress(address);
        return address instanceof DomainSocketAddress
                ? bootstrap.channel(EpollDomainSocketChannel.class)
                : bootstrap
                        .channelFactory(CongestionControl.ofTunnels()::newChannel)
                        .option(ChannelOption.TCP_NODELAY, true);
    }
}
