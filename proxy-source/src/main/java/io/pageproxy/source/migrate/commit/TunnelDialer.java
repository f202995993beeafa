package io.pageproxy.source.migrate.commit;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.tunnel.DestinationDialer;
import io.pageproxy.tunnel.TunnelInitializer;
import io.pageproxy.tunnel.TunnelListener;
import java.time.Duration;
import java.util.function.Function;

/** Makes tunnels, all on one event loop. */
public final class TunnelDialer implements Dialer {
    private final SourceConfig config;
    private final Function<Channel, SslHandler> tls;
    private final EventLoopGroup group;
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);

    /**
     * A dialer of the configured destination.
     *
     * @param tls makes the TLS handler of one connection
     * @param group has the event loop; outlives the tunnels
     */
    public TunnelDialer(
            SourceConfig config, Function<Channel, SslHandler> tls, EventLoopGroup group) {
        this.config = config;
        this.tls =
                channel -> {
                    open.add(channel);
                    return tls.apply(channel);
                };
        this.group = group;
    }

    @Override
    public void dial(TunnelListener listener, Duration timeout) throws InterruptedException {
        new DestinationDialer(config.connect(), timeout)
                .dial(
                        group.next(),
                        new TunnelInitializer(
                                tls, channel -> listener, config.timeouts().peer().toMillis()));
    }

    @Override
    public void close() {
        open.close();
    }
}
