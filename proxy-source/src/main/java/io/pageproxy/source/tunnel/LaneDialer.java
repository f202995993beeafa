package io.pageproxy.source.tunnel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tunnel.TunnelInitializer;
import io.pageproxy.tunnel.TunnelListener;
import java.net.SocketAddress;
import java.util.function.Function;

/** Connects further lanes, each on the next event loop of the group. */
public final class LaneDialer implements LaneConnector {
    private final EventLoopGroup group;
    private final Function<Channel, SslHandler> tls;
    private final Timeouts timeouts;

    /**
     * A dialer for all sessions of a proxy.
     *
     * @param tls makes the TLS handler of one connection
     */
    public LaneDialer(EventLoopGroup group, Function<Channel, SslHandler> tls, Timeouts timeouts) {
        this.group = group;
        this.tls = tls;
        this.timeouts = timeouts;
    }

    @Override
    public ChannelFuture connect(SocketAddress destination, TunnelListener lane) {
        return TunnelSocket.connect(
                TunnelSocket.to(destination)
                        .group(group)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                (int) timeouts.handshake().toMillis())
                        .handler(
                                new TunnelInitializer(
                                        tls, channel -> lane, timeouts.peer().toMillis())));
    }
}
