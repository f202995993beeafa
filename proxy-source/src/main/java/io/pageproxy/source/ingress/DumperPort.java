package io.pageproxy.source.ingress;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.pageproxy.net.HostPort;
import io.pageproxy.net.KernelWords;
import io.pageproxy.process.Posix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A page-server port that is open until the right dumper has come and then closed: a second dumper
 * is refused by the kernel, before it freezes anything.
 */
public final class DumperPort implements AutoCloseable {
    private final DumperUsers users;
    private final EventLoop loop;
    private final DumperGate gate;
    private Channel server;
    private DumperAddress address;

    private DumperPort(
            DumperUsers users,
            EventLoop loop,
            ChannelHandler initializer,
            Consumer<String> onRefused) {
        this.users = users;
        this.loop = loop;
        this.gate = new DumperGate(users, initializer, onRefused);
    }

    /**
     * Opens the port; blocks, so not to be called on an event loop.
     *
     * @param users who may be the dumper
     * @param loop the session's, on which the dumper's socket will run
     * @param initializer gives the dumper's socket its pipeline
     * @param onRefused hears on the event loop who was refused, once for each user
     * @throws IOException that names the address and why it cannot be listened on
     */
    public static DumperPort open(
            DumperAddress address,
            DumperUsers users,
            EventLoop loop,
            ChannelHandler initializer,
            Consumer<String> onRefused)
            throws IOException, InterruptedException {
        DumperPort port = new DumperPort(users, loop, initializer, onRefused);
        if (address instanceof DumperAddress.Tcp tcp) {
            port.open(tcp);
        } else if (address instanceof DumperAddress.UnixSocket unix) {
            port.open(unix);
        }
        return port;
    }

    private void open(DumperAddress.Tcp wanted) throws IOException, InterruptedException {
        ChannelFuture bound =
                bootstrap()
                        .channel(EpollServerSocketChannel.class)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .bind(wanted.address().toListenAddress())
                        .await();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "--listen "
                            + wanted
                            + ": "
                            + KernelWords.of(bound.cause())
                            + "; choose another address or port (0: any that is free)");
        }
        server = bound.channel();
        address = new DumperAddress.Tcp(HostPort.of(server.localAddress()));
    }

    private void open(DumperAddress.UnixSocket wanted) throws IOException, InterruptedException {
        Path path = wanted.path();
        try {
            SocketFile.removeStale(path);
            ChannelFuture bound =
                    bootstrap()
                            .channel(EpollServerDomainSocketChannel.class)
                            .bind(new DomainSocketAddress(path.toString()))
                            .await();
            if (!bound.isSuccess()) {
                throw new IOException(
                        KernelWords.of(bound.cause()) + "; choose a path in a folder of yours");
            }
            server = bound.channel();
            address = wanted;
            SocketFile.setMode(path, users.othersThan(Posix.effectiveUser()));
        } catch (IOException e) {
            if (server != null) {
                server.close();
            }
            throw new IOException("--listen " + wanted + ": " + e.getMessage(), e);
        }
    }

    private ServerBootstrap bootstrap() {
        return new ServerBootstrap()
                .group(loop, loop)
                .option(ChannelOption.SO_BACKLOG, 1)
                .childHandler(gate);
    }

    /** Where it listens, the port being the real one. */
    public DumperAddress address() {
        return address;
    }

    /** Closes it, where that has not been done; blocks until its address is free. */
    @Override
    public void close() {
        server.close().awaitUninterruptibly();
    }
}
