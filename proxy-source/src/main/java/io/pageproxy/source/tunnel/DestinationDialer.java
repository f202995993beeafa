package io.pageproxy.source.tunnel;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.unix.DomainSocketAddress;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Connects to the destination: to each address of its name in turn, or to a Unix socket. */
public final class DestinationDialer {
    /**
     * How much unsent data may wait in the kernel. With more, answers and keepalives queue up
     * behind it, and a slow link is noticed late.
     */
    private static final long UNSENT_BYTES = 512 << 10;

    private final Endpoint destination;
    private final Duration timeout;
    private final Resolver resolver;

    /** All addresses of a host. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] addressesOf(String host) throws UnknownHostException;
    }

    /**
     * A dialer for one destination.
     *
     * @param timeout how long one address may take to connect
     */
    public DestinationDialer(Endpoint destination, Duration timeout) {
        this(destination, timeout, InetAddress::getAllByName);
    }

    DestinationDialer(Endpoint destination, Duration timeout, Resolver resolver) {
        this.destination = destination;
        this.timeout = timeout;
        this.resolver = resolver;
    }

    /**
     * Connects; blocks, so it must not run on an event loop.
     *
     * @param initializer gives the connection its pipeline
     * @return a connection whose TLS handshake has begun
     * @throws SessionException UNREACHABLE; the message names each address and its failure
     */
    public Channel dial(EventLoop loop, ChannelHandler initializer) throws InterruptedException {
        return destination instanceof Endpoint.UnixSocket unix
                ? dial(unix, loop, initializer)
                : dial(((Endpoint.Tcp) destination).address(), loop, initializer);
    }

    private Channel dial(Endpoint.UnixSocket unix, EventLoop loop, ChannelHandler initializer)
            throws InterruptedException {
        SocketAddress path = new DomainSocketAddress(unix.path().toString());
        ChannelFuture connected = connect(path, loop, initializer);
        if (connected.isSuccess()) {
            return connected.channel();
        }
        throw unreachable(FailureText.of(connected.cause()), "its forwarder listens there");
    }

    private Channel dial(HostPort host, EventLoop loop, ChannelHandler initializer)
            throws InterruptedException {
        List<String> failures = new ArrayList<>();
        for (InetAddress address : addressesOf(host)) {
            ChannelFuture connected =
                    connect(new InetSocketAddress(address, host.port()), loop, initializer);
            if (connected.isSuccess()) {
                return connected.channel();
            }
            failures.add(address.getHostAddress() + ": " + FailureText.of(connected.cause()));
        }
        throw unreachable(String.join("; ", failures), "pageproxy dest runs there");
    }

    private ChannelFuture connect(SocketAddress address, EventLoop loop, ChannelHandler initializer)
            throws InterruptedException {
        Bootstrap bootstrap =
                TunnelSocket.to(address)
                        .group(loop)
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis())
                        .handler(initializer);
        if (address instanceof InetSocketAddress) {
            bootstrap.option(EpollChannelOption.TCP_NOTSENT_LOWAT, UNSENT_BYTES);
        }
        return TunnelSocket.connect(bootstrap).await();
    }

    private SessionException unreachable(String why, String check) {
        return new SessionException(
                CloseReason.UNREACHABLE,
                "cannot reach the destination "
                        + destination
                        + " ("
                        + why
                        + "); check --connect, and that "
                        + check);
    }

    private InetAddress[] addressesOf(HostPort host) {
        try {
            return resolver.addressesOf(host.host());
        } catch (UnknownHostException e) {
            throw new SessionException(
                    CloseReason.UNREACHABLE,
                    "--connect " + destination + ": the host name cannot be resolved");
        }
    }
}
