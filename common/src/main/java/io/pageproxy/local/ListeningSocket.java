package io.pageproxy.local;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.process.Posix;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.file.Path;

/** Opens what listens, at a TCP port or at a path. */
public final class ListeningSocket {
    private ListeningSocket() {}

    /**
     * Opens it; blocks, so not to be called on an event loop. At a path it takes the place of a
     * socket that nobody listens at any more, and of nothing else.
     *
     * @param bootstrap knows all but the kind of the socket and its address
     * @param option the option that says where, for people
     * @param users who may come: where others than we and root may, any user can open the path
     * @throws IOException that names option and address, and why it cannot be listened on
     */
    public static Channel open(
            ServerBootstrap bootstrap, Endpoint address, String option, LocalUsers users)
            throws IOException, InterruptedException {
        bootstrap.handler(new AcceptFailures(option + " " + address));
        try {
            return address instanceof Endpoint.UnixSocket unix
                    ? openPath(bootstrap, unix.path(), users)
                    : openPort(bootstrap, ((Endpoint.Tcp) address).address());
        } catch (IOException e) {
            throw new IOException(option + " " + address + ": " + e.getMessage(), e);
        }
    }

    private static Channel openPort(ServerBootstrap bootstrap, HostPort wanted)
            throws IOException, InterruptedException {
        ChannelFuture bound =
                bootstrap
                        .channel(EpollServerSocketChannel.class)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .bind(wanted.toListenAddress())
                        .await();
        return channel(bound, "choose another address or port (0: any that is free)");
    }

    private static Channel openPath(ServerBootstrap bootstrap, Path path, LocalUsers users)
            throws IOException, InterruptedException {
        SocketFile.removeStale(path);
        ChannelFuture bound =
                bootstrap
                        .channel(EpollServerDomainSocketChannel.class)
                        .bind(new DomainSocketAddress(path.toString()))
                        .await();
        Channel server = channel(bound, "choose a path in a folder of yours");
        try {
            SocketFile.setMode(path, users.othersThan(Posix.effectiveUser()));
            return server;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    private static Channel channel(ChannelFuture bound, String mend) throws IOException {
        if (!bound.isSuccess()) {
            throw new IOException(FailureText.of(bound.cause()) + "; " + mend);
        }
        return bound.channel();
    }

    /** Where it listens, a port being the real one. */
    public static Endpoint addressOf(Channel server) {
        return server.localAddress() instanceof DomainSocketAddress unix
                ? new Endpoint.UnixSocket(Path.of(unix.path()))
                : new Endpoint.Tcp(HostPort.of(server.localAddress()));
    }
}
