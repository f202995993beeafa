package io.pageproxy.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.net.AdoptedSockets;
import io.pageproxy.net.EventLoops;
import io.pageproxy.posix.DescriptorChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SocketPairTest {
    private final EventLoopGroup group = EventLoops.create("test", 1);
    private DescriptorChannel near;
    private Channel far;

    @BeforeEach
    void open() throws IOException {
        SocketPair pair = SocketPair.open(1 << 16);
        near = pair.channel();
        far = AdoptedSockets.adopt(pair.descriptor(), group.next(), new Echo()).channel();
    }

    @AfterEach
    void close() {
        near.close();
        far.close().awaitUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void bytesAreEchoed() throws IOException {
        ByteBuffer out = ByteBuffer.allocateDirect(1000);
        out.position(1).putLong(1, 4711).limit(9);
        assertThat(near.write(out)).isEqualTo(8);
        assertThat(out.hasRemaining()).isFalse();
        ByteBuffer in = ByteBuffer.allocateDirect(100).position(3).limit(11);
        while (in.hasRemaining()) {
            assertThat(near.read(in)).isPositive();
        }
        assertThat(in.getLong(3)).isEqualTo(4711);
    }

    @Test
    void closeByPeerIsEndOfStream() throws IOException {
        far.close().awaitUninterruptibly();
        assertThat(near.read(ByteBuffer.allocateDirect(1))).isEqualTo(-1);
        assertThatThrownBy(() -> near.write(ByteBuffer.allocateDirect(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Broken pipe");
    }

    @Test
    void closeEndsBlockedRead() throws Exception {
        CompletableFuture<Integer> read = new CompletableFuture<>();
        Thread reader =
                new Thread(
                        () -> {
                            try {
                                read.complete(near.read(ByteBuffer.allocateDirect(1)));
                            } catch (IOException e) {
                                read.complete(-1);
                            }
                        });
        reader.start();
        near.close();
        assertThat(read.get(5, TimeUnit.SECONDS)).isEqualTo(-1);
        assertThat(near.isOpen()).isFalse();
    }

    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.writeAndFlush(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
