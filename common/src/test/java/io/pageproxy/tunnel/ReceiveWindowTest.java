package io.pageproxy.tunnel;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReceiveWindowTest {
    private static final int WINDOW_BYTES = 1 << 20;

    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final CompletableFuture<Integer> bufferBytes = new CompletableFuture<>();
    private final CompletableFuture<Byte> firstByte = new CompletableFuture<>();

    @AfterEach
    void stop() {
        group.shutdownGracefully(0, 1, SECONDS).syncUninterruptibly();
    }

    private final class Opener extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            ReceiveWindow.open(channel, WINDOW_BYTES);
            bufferBytes.complete(channel.config().getOption(ChannelOption.SO_RCVBUF));
            channel.pipeline()
                    .addLast(
                            new SimpleChannelInboundHandler<ByteBuf>() {
                                @Override
                                protected void channelRead0(ChannelHandlerContext ctx, ByteBuf in) {
                                    firstByte.complete(in.readByte());
                                }
                            });
        }
    }

    @Test
    void windowIsLargeAtOnceAndSingleByteIsStillDelivered() throws Exception {
        Channel server =
                new ServerBootstrap()
                        .group(group)
                        .channel(EpollServerSocketChannel.class)
                        .childHandler(new Opener())
                        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .sync()
                        .channel();
        int port = ((InetSocketAddress) server.localAddress()).getPort();
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.getOutputStream().write(7);
            assertThat(firstByte.get()).isEqualTo((byte) 7);
            assertThat(bufferBytes.get()).isGreaterThanOrEqualTo(WINDOW_BYTES);
        }
    }

    @Test
    void otherSocketsAreLeftUnchanged() {
        EmbeddedChannel channel = new EmbeddedChannel();
        ReceiveWindow.open(channel, WINDOW_BYTES);
        assertThat(channel.isOpen()).isTrue();
        channel.finishAndReleaseAll();
    }
}
