package io.pageproxy.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DuplexChannel;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.PosixChildLauncher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AdoptedSocketsTest {
    private static final int BUFFER_BYTES = 200 << 10;

    @TempDir Path folder;
    private final Collector collector = new Collector();
    private EventLoopGroup group;

    @AfterEach
    void stop() {
        group.shutdownGracefully(0, 1, SECONDS).syncUninterruptibly();
    }

    @Test
    void bytesPassBothWaysThroughDescriptor3OfChild() throws Exception {
        startGroup(EpollIoHandler.newFactory());
        ChildProcess child = launch("cat <&3 >&3");
        DuplexChannel channel = (DuplexChannel) adopt(child).sync().channel();
        String sent = "0123456789abcdef".repeat(64 << 10);

        ChannelFuture written = channel.writeAndFlush(Unpooled.copiedBuffer(sent, UTF_8));
        collector.await(sent.length());
        written.sync();
        channel.shutdownOutput().sync();

        assertThat(child.exit().get(20, SECONDS)).isEqualTo(ExitStatus.exited(0));
        assertThat(channel.closeFuture().await(20, SECONDS)).isTrue();
        assertThat(collector.text()).isEqualTo(sent);
    }

    @Test
    void bytesSentBeforeChildEndedAreStillRead() throws Exception {
        startGroup(EpollIoHandler.newFactory());
        ChildProcess child = launch("echo last words >&3");
        assertThat(child.exit().get(20, SECONDS)).isEqualTo(ExitStatus.exited(0));

        Channel channel = adopt(child).sync().channel();

        assertThat(channel.closeFuture().await(20, SECONDS)).isTrue();
        assertThat(collector.text()).isEqualTo("last words\n");
    }

    @Test
    void bothEndsHaveTheRequestedBufferSize() throws Exception {
        startGroup(EpollIoHandler.newFactory());
        ChildProcess child = launch("head -c 300000 /dev/zero >&3; echo written; read x <&3");
        int descriptor = child.takeSocket();
        Path output = folder.resolve("output.log");

        // Nobody reads yet: with the default 208 KiB the child would block here.
        Awaitility.await().until(() -> Files.readString(output).contains("written"));

        Channel channel =
                AdoptedSockets.adopt(descriptor, group.next(), initializer()).sync().channel();
        assertThat(channel.config().getOption(ChannelOption.SO_SNDBUF)).isEqualTo(2 * BUFFER_BYTES);
        channel.close().sync();
        child.exit().get(20, SECONDS);
    }

    @Test
    void failedRegistrationClosesDescriptor() throws Exception {
        startGroup(NioIoHandler.newFactory());
        ChildProcess child = launch("read x <&3; exit 3");

        ChannelFuture adopted = adopt(child);

        assertThat(adopted.await(20, SECONDS)).isTrue();
        assertThat(adopted.cause()).isInstanceOf(IllegalStateException.class);
        // The child reads the end of its input only once our end is closed.
        assertThat(child.exit().get(20, SECONDS)).isEqualTo(ExitStatus.exited(3));
    }

    private void startGroup(IoHandlerFactory transport) {
        group = new MultiThreadIoEventLoopGroup(1, transport);
    }

    private ChildProcess launch(String shellCommand) throws Exception {
        Optional<Path> output = Optional.of(folder.resolve("output.log"));
        return new PosixChildLauncher(BUFFER_BYTES)
                .launch(new ChildSpec(List.of("sh", "-c", shellCommand), Map.of(), output));
    }

    private ChannelFuture adopt(ChildProcess child) {
        return AdoptedSockets.adopt(child.takeSocket(), group.next(), initializer());
    }

    private ChannelInitializer<Channel> initializer() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(collector);
            }
        };
    }

    /** Collects received bytes. */
    private static final class Collector extends SimpleChannelInboundHandler<ByteBuf> {
        private final StringBuilder text = new StringBuilder();

        void await(int bytes) {
            Awaitility.await().until(() -> text().length() >= bytes);
        }

        synchronized String text() {
            return text.toString();
        }

        @Override
        protected synchronized void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
            text.append(bytes.toString(UTF_8));
        }
    }
}
