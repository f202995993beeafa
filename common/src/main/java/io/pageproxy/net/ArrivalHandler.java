package io.pageproxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Tells the {@link KeepaliveHandler} of bytes before the frame that they belong to is whole. It
 * sits behind TLS: only bytes that the peer itself has sent count, not what somebody on the network
 * makes of a record.
 */
final class ArrivalHandler extends ChannelInboundHandlerAdapter {
    private final KeepaliveHandler keepalive;

    ArrivalHandler(KeepaliveHandler keepalive) {
        this.keepalive = keepalive;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        keepalive.arrived(((ByteBuf) message).readableBytes());
        ctx.fireChannelRead(message);
    }
}
