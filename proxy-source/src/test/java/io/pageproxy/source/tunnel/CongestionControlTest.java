package io.pageproxy.source.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.pageproxy.net.EventLoops;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The host's own choice takes the role of BBR, and reno, which every host has, that of cubic. */
@Timeout(30)
class CongestionControlTest {
    private static final int ANY_WAY_IS_SHORT = Integer.MAX_VALUE;
    private static final int ANY_WAY_IS_LONG = 0;
    private static final List<String> RENO = List.of("no-such", "reno");

    private final EventLoopGroup group = EventLoops.create("test", 1);
    private final String hosts = namedAndClosed(new EpollSocketChannel());
    private ServerSocket destination;

    private static String namedAndClosed(EpollSocketChannel channel) {
        String name = CongestionControl.nameOn(channel);
        channel.unsafe().closeForcibly();
        return name;
    }

    @BeforeEach
    void listen() throws Exception {
        destination = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws Exception {
        destination.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private Channel connected(CongestionControl control) throws InterruptedException {
        Channel channel =
                new Bootstrap()
                        .group(group)
                        .channelFactory(control::newChannel)
                        .handler(new ChannelInboundHandlerAdapter())
                        .connect(destination.getLocalSocketAddress())
                        .sync()
                        .channel();
        control.onConnected(channel);
        return channel;
    }

    @Test
    void shortPathUsesTheFirstAvailableReplacement() throws Exception {
        Channel channel = connected(new CongestionControl(hosts, RENO, ANY_WAY_IS_SHORT));
        assertThat(CongestionControl.nameOn(channel)).isEqualTo("reno");
    }

    @Test
    void longPathRestoresTheHostsChoice() throws Exception {
        CongestionControl control = new CongestionControl(hosts, RENO, ANY_WAY_IS_LONG);
        assertThat(namedAndClosed(control.newChannel())).isEqualTo("reno");
        assertThat(CongestionControl.nameOn(connected(control))).isEqualTo(hosts);
    }

    @Test
    void otherChoiceOfTheHostStays() throws Exception {
        Channel channel = connected(new CongestionControl("other", RENO, ANY_WAY_IS_SHORT));
        assertThat(CongestionControl.nameOn(channel)).isEqualTo(hosts);
    }

    @Test
    void hostsChoiceStaysIfNoReplacementIsAvailable() throws Exception {
        Channel channel =
                connected(new CongestionControl(hosts, List.of("no-such"), ANY_WAY_IS_SHORT));
        assertThat(CongestionControl.nameOn(channel)).isEqualTo(hosts);
    }
}
