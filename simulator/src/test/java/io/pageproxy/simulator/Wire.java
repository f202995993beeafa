package io.pageproxy.simulator;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.net.AdoptedSockets;
import io.pageproxy.net.EventLoops;
import java.util.concurrent.TimeUnit;

/** Connects two adopted sockets: bytes and end of stream of one are forwarded to the other. */
final class Wire implements AutoCloseable {
    private final EventLoopGroup group = EventLoops.create("wire", 1);

    Wire(int oneDescriptor, int otherDescriptor) {
        Relay one = new Relay();
        Relay other = new Relay();
        one.peer = AdoptedSockets.adopt(oneDescriptor, group.next(), other).channel();
        other.peer = AdoptedSockets.adopt(otherDescriptor, group.next(), one).channel();
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static final class Relay extends ChannelInboundHandlerAdapter {
        private volatile Channel peer;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.channel().config().setAutoRead(false);
            peer.writeAndFlush(message)
                    .addListener(sent -> ctx.channel().config().setAutoRead(true));
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            peer.writeAndFlush(ctx.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
