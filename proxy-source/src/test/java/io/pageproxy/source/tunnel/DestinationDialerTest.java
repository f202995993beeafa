package io.pageproxy.source.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.util.NetUtil;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A destination whose name has several addresses, of which one listens. */
@Timeout(30)
class DestinationDialerTest {
    private static final ChannelInitializer<Channel> NO_PIPELINE =
            new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {}
            };

    private final EventLoopGroup group = EventLoops.create("test", 1);
    private ServerSocket destination;

    @BeforeEach
    void listen() throws Exception {
        destination = new ServerSocket(0, 1, NetUtil.LOCALHOST4);
    }

    @AfterEach
    void close() throws Exception {
        destination.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private Channel dial(String... addresses) throws InterruptedException {
        return new DestinationDialer(
                        new Endpoint.Tcp(new HostPort("dest.example", destination.getLocalPort())),
                        Duration.ofSeconds(5),
                        host -> resolved(addresses))
                .dial(group.next(), NO_PIPELINE);
    }

    private static InetAddress[] resolved(String... addresses) throws UnknownHostException {
        InetAddress[] resolved = new InetAddress[addresses.length];
        for (int i = 0; i < addresses.length; i++) {
            resolved[i] =
                    InetAddress.getByAddress(
                            "dest.example",
                            NetUtil.createByteArrayFromIpAddressString(addresses[i]));
        }
        return resolved;
    }

    @Test
    void refusingAddressIsSkipped() throws Exception {
        Channel channel = dial("127.0.0.9", "127.0.0.1");
        assertThat(((InetSocketAddress) channel.remoteAddress()).getAddress().getHostAddress())
                .isEqualTo("127.0.0.1");
        channel.close().sync();
    }

    @Test
    void failureNamesEachAddressAndItsCause() {
        assertThatThrownBy(() -> dial("127.0.0.8", "127.0.0.9"))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.UNREACHABLE))
                .hasMessageContainingAll(
                        "dest.example",
                        "127.0.0.8: Connection refused;",
                        "127.0.0.9: Connection refused)");
    }

    @Test
    void failureNamesTheSocketPathAndItsCause(@TempDir Path folder) throws Exception {
        Path socket = folder.resolve("dest.sock");
        assertThatThrownBy(() -> dial(socket))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.UNREACHABLE))
                .hasMessageContaining(
                        "destination unix:" + socket + " (No such file or directory)");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Channel channel = dial(socket);
            assertThat(channel.remoteAddress()).hasToString(socket.toString());
            channel.close().sync();
        }
        assertThatThrownBy(() -> dial(socket))
                .hasMessageContaining("destination unix:" + socket + " (Connection refused)");
    }

    private Channel dial(Path socket) throws InterruptedException {
        return new DestinationDialer(Endpoint.parse("unix:" + socket), Duration.ofSeconds(5))
                .dial(group.next(), NO_PIPELINE);
    }

    @Test
    void unresolvableNameIsReported() {
        DestinationDialer dialer =
                new DestinationDialer(
                        new Endpoint.Tcp(new HostPort("nowhere.invalid", 1)),
                        Duration.ofSeconds(5),
                        host -> {
                            throw new UnknownHostException(host);
                        });
        assertThatThrownBy(() -> dialer.dial(group.next(), NO_PIPELINE))
                .hasMessage("--connect nowhere.invalid:1: the host name cannot be resolved");
    }
}
