package io.pageproxy.tunnel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Reports received bytes to the {@link KeepaliveHandler} before their frame is complete. It is
 * placed behind TLS so that only authentic bytes of the peer count, not bytes that an attacker on
 * the network injects.
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
