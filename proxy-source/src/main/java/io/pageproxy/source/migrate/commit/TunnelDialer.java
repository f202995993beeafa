package io.pageproxy.source.migrate.commit;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.net.EventLoops;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.tunnel.DestinationDialer;
import io.pageproxy.tunnel.TunnelInitializer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Makes tunnels, all on one event loop. */
public final class TunnelDialer implements Dialer {
    private final SourceConfig config;
    private final Function<Channel, SslHandler> tls;
    private final EventLoopGroup group = EventLoops.create("files", 1);

    /**
     * A dialer of the configured destination.
     *
     * @param tls makes the TLS handler of one connection
     */
    public TunnelDialer(SourceConfig config, Function<Channel, SslHandler> tls) {
        this.config = config;
        this.tls = tls;
    }

    @Override
    public void dial(CommitConnection listener, Duration timeout) throws InterruptedException {
        new DestinationDialer(config.connect(), timeout)
                .dial(
                        group.next(),
                        new TunnelInitializer(
                                tls, channel -> listener, config.timeouts().peer().toMillis()));
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
