package io.pageproxy.local;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.DomainSocketAddress;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.posix.Posix;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/** Opens a listening socket at a TCP port or a file system path. */
public final class ListeningSocket {
    private ListeningSocket() {}

    /**
     * Opens a listening socket. Blocks, so it must not be called on an event loop. At a path, it
     * replaces a stale socket file that no process listens on, and nothing else. At an IPv4 address
     * it accepts IPv4 only, also at 0.0.0.0; at {@code [::]}, or without an address, IPv6 and IPv4.
     *
     * @param bootstrap complete except for the channel type and the address
     * @param option the option that gives the address, for messages
     * @param users who may connect; if this includes users other than our own and root, the socket
     *     file's mode lets every user connect
     * @throws IOException with a message that names the option, the address and the reason
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
        InetSocketAddress address = wanted.toListenAddress();
        ChannelFuture bound =
                bootstrap
                        .channelFactory(() -> new EpollServerSocketChannel(familyOf(address)))
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .bind(address)
                        .await();
        return channel(bound, "choose another address or port (0: any that is free)");
    }

    /**
     * The family of the socket. On its own Netty makes every socket one of IPv6, which at 0.0.0.0
     * would also accept IPv6, past a firewall for IPv4.
     */
    private static SocketProtocolFamily familyOf(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address
                ? SocketProtocolFamily.INET
                : SocketProtocolFamily.INET6;
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
            SocketFile.setMode(path, users.permitsOthersThan(Posix.effectiveUser()));
            return server;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    private static Channel channel(ChannelFuture bound, String remedy) throws IOException {
        if (!bound.isSuccess()) {
            throw new IOException(FailureText.of(bound.cause()) + "; " + remedy);
        }
        return bound.channel();
    }

    /** Returns the address of a listening socket with the actual port. */
    public static Endpoint addressOf(Channel server) {
        return server.localAddress() instanceof DomainSocketAddress unix
                ? new Endpoint.UnixSocket(Path.of(unix.path()))
                : new Endpoint.Tcp(HostPort.of(server.localAddress()));
    }
}
