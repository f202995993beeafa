package io.pageproxy.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListeningSocketTest {
    private static final String IPV4 = "127.0.0.1";
    private static final String IPV6 = "::1";

    private EventLoopGroup group;

    @BeforeEach
    void startLoop() {
        group = EventLoops.create("listening", 1);
    }

    @AfterEach
    void stopLoop() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "127.0.0.1", "localhost"})
    void addressOfIpv4AcceptsIpv4Only(String host) throws Exception {
        int port = listen(host + ":0");

        assertThatCode(() -> connect(IPV4, port)).doesNotThrowAnyException();
        assertThatThrownBy(() -> connect(IPV6, port)).isInstanceOf(ConnectException.class);
    }

    @Test
    void loopbackOfIpv6AcceptsIpv6Only() throws Exception {
        int port = listen("[::1]:0");

        assertThatCode(() -> connect(IPV6, port)).doesNotThrowAnyException();
        assertThatThrownBy(() -> connect(IPV4, port)).isInstanceOf(ConnectException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[::]:0", ":0"})
    void everyAddressOfIpv6IsEveryAddressOfIpv4Too(String address) throws Exception {
        int port = listen(address);

        assertThatCode(() -> connect(IPV6, port)).doesNotThrowAnyException();
        assertThatCode(() -> connect(IPV4, port)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:", "127.0.0.1:", "[::1]:", "[::]:"})
    void listeningAddressIsPrintedAsItWasGiven(String address) throws Exception {
        Channel server = open(address + "0");

        assertThat(ListeningSocket.addressOf(server).toString())
                .matches(Pattern.quote(address) + "[1-9]\\d*");
    }

    private int listen(String address) throws Exception {
        return ((Endpoint.Tcp) ListeningSocket.addressOf(open(address))).address().port();
    }

    private Channel open(String address) throws Exception {
        return ListeningSocket.open(
                new ServerBootstrap().group(group).childHandler(new Idle()),
                Endpoint.parse(address),
                "--listen",
                LocalUsers.anybody());
    }

    private static void connect(String host, int port) throws IOException {
        new Socket(host, port).close();
    }

    @ChannelHandler.Sharable
    private static final class Idle extends ChannelInboundHandlerAdapter {}
}
