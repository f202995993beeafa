package io.pageproxy.tunnel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the bytes of one connection on the wire, including TLS overhead. Only the connection's
 * event loop counts; any thread may read.
 */
public final class WireCounter extends ChannelDuplexHandler {
    private final AtomicLong sentBytes = new AtomicLong();
    private final AtomicLong receivedBytes = new AtomicLong();

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        add(sentBytes, message);
        ctx.write(message, promise);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        add(receivedBytes, message);
        ctx.fireChannelRead(message);
    }

    /**
     * Adds with a plain read and a lazy write, which suffices for a single writer and avoids a
     * fence on the hot path.
     */
    private static void add(AtomicLong count, Object message) {
        count.lazySet(count.getPlain() + ((ByteBuf) message).readableBytes());
    }

    /** Bytes written to the socket so far. */
    public long sentBytes() {
        return sentBytes.get();
    }

    /** Bytes read from the socket so far. */
    public long receivedBytes() {
        return receivedBytes.get();
    }
}
