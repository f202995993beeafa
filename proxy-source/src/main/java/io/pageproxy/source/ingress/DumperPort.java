package io.pageproxy.source.ingress;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.pageproxy.net.HostPort;
import io.pageproxy.net.KernelWords;
import java.io.IOException;

/**
 * A page-server port that is open for one dumper and then closed: a second dumper is refused by the
 * kernel, before it freezes anything.
 */
public final class DumperPort implements AutoCloseable {
    private final Channel server;

    private DumperPort(Channel server) {
        this.server = server;
    }

    /**
     * Opens the port; blocks, so not to be called on an event loop.
     *
     * @param loop the session's, on which the dumper's socket will run
     * @param initializer gives the dumper's socket its pipeline
     * @throws IOException that names the address and why it cannot be listened on
     */
    public static DumperPort open(HostPort address, EventLoop loop, ChannelHandler initializer)
            throws IOException, InterruptedException {
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(loop, loop)
                        .channel(EpollServerSocketChannel.class)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .option(ChannelOption.SO_BACKLOG, 1)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childHandler(onlyOne(initializer))
                        .bind(address.toListenAddress())
                        .await();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "--listen "
                            + address
                            + ": "
                            + KernelWords.of(bound.cause())
                            + "; choose another address or port (0: any that is free)");
        }
        return new DumperPort(bound.channel());
    }

    /** The first dumper gets its pipeline; another one that was in the backlog gets a reset. */
    private static ChannelHandler onlyOne(ChannelHandler initializer) {
        return new ChannelInitializer<>() {
            private boolean taken;

            @Override
            protected void initChannel(Channel dumper) {
                if (taken) {
                    dumper.config().setOption(ChannelOption.SO_LINGER, 0);
                    dumper.close();
                    return;
                }
                taken = true;
                dumper.parent().close();
                dumper.pipeline().addLast(initializer);
            }
        };
    }

    /** Where it listens, the port being the real one. */
    public HostPort address() {
        return HostPort.of(server.localAddress());
    }

    @Override
    public void close() {
        server.close();
    }
}
