package io.pageproxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/** Counts the bytes of one connection as they are on the wire, TLS included. */
public final class WireCounter extends ChannelDuplexHandler {
    private long sentBytes;
    private long receivedBytes;

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        sentBytes += ((ByteBuf) message).readableBytes();
        ctx.write(message, promise);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        receivedBytes += ((ByteBuf) message).readableBytes();
        ctx.fireChannelRead(message);
    }

    /** Bytes handed to the socket so far. To be asked on the event loop. */
    public long sentBytes() {
        return sentBytes;
    }

    /** Bytes read from the socket so far. To be asked on the event loop. */
    public long receivedBytes() {
        return receivedBytes;
    }
}
