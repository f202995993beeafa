package io.pageproxy.dest.pageserver;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.WriteBufferWaterMark;
import io.pageproxy.tunnel.HandlerNames;

/**
 * The pipeline of a page server's socket.
 *
 * <pre>
 *  socket - page-server - session
 * </pre>
 */
final class PageServerInitializer extends ChannelInitializer<Channel> {
    /**
     * Number of bytes that may wait for the page server before reading from the tunnel is paused.
     */
    private static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(512 << 10, 1 << 20);

    private final PageServerListener listener;

    /** An initializer for the page server of one session. */
    PageServerInitializer(PageServerListener listener) {
        this.listener = listener;
    }

    @Override
    protected void initChannel(Channel channel) {
        channel.config().setWriteBufferWaterMark(WATER_MARK);
        channel.pipeline().addLast(HandlerNames.PAGE_SERVER, new PageServerHandler(listener));
    }

    /** Translates events; a page server that exits with unread data causes an exception here. */
    private static final class PageServerHandler extends SimpleChannelInboundHandler<ByteBuf> {
        private final PageServerListener listener;

        PageServerHandler(PageServerListener listener) {
            this.listener = listener;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf in) {
            listener.onPageServerBytes(in);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            listener.onPageServerWritable(ctx.channel().isWritable());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
