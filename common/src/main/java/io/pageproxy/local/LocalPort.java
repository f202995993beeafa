package io.pageproxy.local;

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
 * A port that is open until the right client has come and then closed: a second one is refused by
 * the kernel; a dumper, before it freezes anything.
 */
public final class LocalPort implements AutoCloseable {
    private final LocalClient expected;
    private final LocalUsers users;
    private final EventLoop loop;
    private final LocalGate gate;
    private Channel server;
    private LocalAddress address;

    private LocalPort(
            LocalClient expected,
            LocalUsers users,
            EventLoop loop,
            ChannelHandler initializer,
            Consumer<String> onRefused) {
        this.expected = expected;
        this.users = users;
        this.loop = loop;
        this.gate = new LocalGate(expected, users, initializer, onRefused);
    }

    /**
     * Opens the port; blocks, so not to be called on an event loop.
     *
     * @param expected who is awaited, for people
     * @param users whose it may be
     * @param loop the session's, on which its socket will run
     * @param initializer gives its socket its pipeline
     * @param onRefused hears on the event loop who was refused, once for each user
     * @throws IOException that names the address and why it cannot be listened on
     */
    public static LocalPort open(
            LocalAddress address,
            LocalClient expected,
            LocalUsers users,
            EventLoop loop,
            ChannelHandler initializer,
            Consumer<String> onRefused)
            throws IOException, InterruptedException {
        LocalPort port = new LocalPort(expected, users, loop, initializer, onRefused);
        if (address instanceof LocalAddress.Tcp tcp) {
            port.open(tcp);
        } else if (address instanceof LocalAddress.UnixSocket unix) {
            port.open(unix);
        }
        return port;
    }

    private void open(LocalAddress.Tcp wanted) throws IOException, InterruptedException {
        ChannelFuture bound =
                bootstrap()
                        .channel(EpollServerSocketChannel.class)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .bind(wanted.address().toListenAddress())
                        .await();
        if (!bound.isSuccess()) {
            throw new IOException(
                    expected.addressOption()
                            + " "
                            + wanted
                            + ": "
                            + KernelWords.of(bound.cause())
                            + "; choose another address or port (0: any that is free)");
        }
        server = bound.channel();
        address = new LocalAddress.Tcp(HostPort.of(server.localAddress()));
    }

    private void open(LocalAddress.UnixSocket wanted) throws IOException, InterruptedException {
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
            throw new IOException(
                    expected.addressOption() + " " + wanted + ": " + e.getMessage(), e);
        }
    }

    private ServerBootstrap bootstrap() {
        return new ServerBootstrap()
                .group(loop, loop)
                .option(ChannelOption.SO_BACKLOG, 1)
                .childHandler(gate);
    }

    /** Where it listens, the port being the real one. */
    public LocalAddress address() {
        return address;
    }

    /** Closes it, where that has not been done, and does not wait for that; any thread. */
    public void abandon() {
        server.close();
    }

    /** Closes it, where that has not been done; blocks until its address is free. */
    @Override
    public void close() {
        server.close().awaitUninterruptibly();
    }
}
