package io.pageproxy.dest.ingress;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.pageproxy.net.HostPort;
import io.pageproxy.net.KernelWords;
import java.io.IOException;
import java.time.Duration;

/** The port where tunnels come in. */
public final class TunnelPort implements AutoCloseable {
    private final Channel server;

    private TunnelPort(Channel server) {
        this.server = server;
    }

    /**
     * Opens the port; blocks, so not to be called on an event loop.
     *
     * @param peerTimeout what is sent and not acknowledged for so long ends the connection: it
     *     notices a dead source even while nothing is read of it
     * @param initializer gives each connection its pipeline
     * @throws IOException that names {@code --listen}, the address and why it cannot be listened on
     */
    public static TunnelPort open(
            HostPort address,
            EventLoopGroup group,
            Duration peerTimeout,
            ChannelHandler initializer)
            throws IOException, InterruptedException {
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(group, group)
                        .channel(EpollServerSocketChannel.class)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(
                                EpollChannelOption.TCP_USER_TIMEOUT, (int) peerTimeout.toMillis())
                        .childHandler(initializer)
                        .bind(address.toListenAddress("--listen"))
                        .await();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "--listen "
                            + address
                            + ": "
                            + KernelWords.of(bound.cause())
                            + "; choose another address or port (0: any that is free)");
        }
        return new TunnelPort(bound.channel());
    }

    /** Where it listens, the port being the real one. */
    public HostPort address() {
        return HostPort.of(server.localAddress());
    }

    /** No more connections; those that are there go on. */
    @Override
    public void close() {
        server.close().awaitUninterruptibly();
    }
}
