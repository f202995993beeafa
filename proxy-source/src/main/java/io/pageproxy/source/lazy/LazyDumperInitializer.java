package io.pageproxy.source.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.pageproxy.tunnel.HandlerNames;

/**
 * The pipeline of the connection to the CRIU that keeps the pages.
 *
 * <pre>
 *  socket - lazy-pages - session
 * </pre>
 */
final class LazyDumperInitializer extends ChannelInitializer<Channel> {
    private static final int READ_BYTES = 128 << 10;

    private final LazyDumperListener listener;

    LazyDumperInitializer(LazyDumperListener listener) {
        this.listener = listener;
    }

    @Override
    protected void initChannel(Channel channel) {
        channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(READ_BYTES));
        channel.pipeline().addLast(HandlerNames.LAZY_PAGES, new Handler(listener));
    }

    /** If nobody listens at a port that the kernel gave to us, a socket may connect to itself. */
    static boolean isItself(Channel channel) {
        return channel.localAddress().equals(channel.remoteAddress());
    }

    private static final class Handler extends SimpleChannelInboundHandler<ByteBuf> {
        private final LazyDumperListener listener;
        private boolean told;

        Handler(LazyDumperListener listener) {
            this.listener = listener;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            if (isItself(ctx.channel())) {
                ctx.close();
                return;
            }
            told = true;
            listener.onDumper(new LazyDumper(ctx.channel()));
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf in) {
            listener.onDumperBytes(in);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            listener.onDumperPause();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (told) {
                listener.onDumperGone();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
