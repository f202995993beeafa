package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.WriteBufferWaterMark;
import io.pageproxy.tunnel.HandlerNames;
import java.util.function.Consumer;

/**
 * The pipeline of a lazy-pages daemon's socket.
 *
 * <pre>
 *  socket - lazy-pages - session
 * </pre>
 */
final class LazyDaemonInitializer extends ChannelInitializer<Channel> {
    /** How many bytes may wait for the daemon before reading from the tunnel is paused. */
    private static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(512 << 10, 1 << 20);

    private static final int STATUS_GOOD = 0;

    private final LazyDaemonListener listener;
    private final Consumer<Channel> onChannel;

    LazyDaemonInitializer(LazyDaemonListener listener) {
        this(listener, channel -> {});
    }

    /**
     * Lets the creator see the channel.
     *
     * @param onChannel receives the channel before anything is read from it
     */
    LazyDaemonInitializer(LazyDaemonListener listener, Consumer<Channel> onChannel) {
        this.listener = listener;
        this.onChannel = onChannel;
    }

    /** The answer to CLOSE; owned by the caller. */
    static ByteBuf goodStatus(Channel channel) {
        return channel.alloc().directBuffer(Integer.BYTES).writeIntLE(STATUS_GOOD);
    }

    @Override
    protected void initChannel(Channel channel) {
        channel.config().setWriteBufferWaterMark(WATER_MARK);
        onChannel.accept(channel);
        channel.pipeline().addLast(HandlerNames.LAZY_PAGES, new Handler(listener));
    }

    private static final class Handler extends SimpleChannelInboundHandler<ByteBuf> {
        private final LazyDaemonListener listener;

        Handler(LazyDaemonListener listener) {
            this.listener = listener;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf in) {
            listener.onDaemonBytes(in);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            listener.onDaemonWritable(ctx.channel().isWritable());
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            listener.onDaemonGone();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
