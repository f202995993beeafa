package io.pageproxy.source.lazy;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.pageproxy.net.HostPort;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Connects to the CRIU that keeps the pages. CRIU listens once it has dumped everything else, and
 * keeps the tasks frozen until somebody connects; so we retry from the beginning.
 */
final class LazyDumperDialer implements DumperDialer {
    private static final Duration RETRY = Duration.ofMillis(10);
    private static final int CONNECT_TIMEOUT_MILLIS = 1000;

    private final HostPort address;

    LazyDumperDialer(HostPort address) {
        this.address = address;
    }

    @Override
    public void dial(EventLoop loop, LazyDumperListener listener, BooleanSupplier wanted) {
        if (!wanted.getAsBoolean()) {
            return;
        }
        ChannelFuture connecting =
                new Bootstrap()
                        .group(loop)
                        .channel(EpollSocketChannel.class)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(ChannelOption.SO_LINGER, 0)
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                        .handler(new LazyDumperInitializer(listener))
                        .connect(new InetSocketAddress(address.host(), address.port()));
        connecting.addListener(
                connected -> {
                    if (!connected.isSuccess()
                            || LazyDumperInitializer.isItself(connecting.channel())) {
                        loop.schedule(
                                () -> dial(loop, listener, wanted),
                                RETRY.toMillis(),
                                TimeUnit.MILLISECONDS);
                    }
                });
    }
}
