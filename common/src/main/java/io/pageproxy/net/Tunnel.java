package io.pageproxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.pageproxy.frame.Frame;
import io.pageproxy.session.Outcome;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

/** One side's hold on the connection to its peer. To be used on its event loop. */
public final class Tunnel {
    /** A failing session's last word must not keep the connection open for longer. */
    private static final long LAST_WORD_SECONDS = 2;

    private final Channel channel;
    private final WireCounter counter;
    private final KeepaliveHandler keepalive;

    Tunnel(Channel channel) {
        this.channel = channel;
        this.counter = channel.pipeline().get(WireCounter.class);
        this.keepalive = channel.pipeline().get(KeepaliveHandler.class);
    }

    /** The connection itself. */
    public Channel channel() {
        return channel;
    }

    /** The peer's address, for messages. */
    public SocketAddress peerAddress() {
        return channel.remoteAddress();
    }

    /** Sends a control frame at once. */
    public ChannelFuture send(Frame frame) {
        return channel.writeAndFlush(frame);
    }

    /** Sends an encoded block at once; ownership of the buffer passes. */
    public void sendBlock(ByteBuf block) {
        channel.writeAndFlush(block);
    }

    /** Whether more should be written now. */
    public boolean isWritable() {
        return channel.isWritable();
    }

    /** Reads on, or leaves what comes in the kernel, which slows the peer. */
    public void setReading(boolean reading) {
        channel.config().setAutoRead(reading);
    }

    /** The peer's own limit of silence is known now. */
    public void peerExpects(long timeoutMillis) {
        keepalive.peerExpects(timeoutMillis);
    }

    /** Tells the peer why the session failed, then closes. */
    public void abort(Outcome outcome) {
        if (!channel.isActive()) {
            channel.close();
            return;
        }
        channel.writeAndFlush(
                        new Frame.Abort(outcome.reason(), outcome.message(), outcome.detail()))
                .addListener(ChannelFutureListener.CLOSE);
        channel.eventLoop().schedule(() -> channel.close(), LAST_WORD_SECONDS, TimeUnit.SECONDS);
    }

    /** Closes with TLS's own end. */
    public ChannelFuture close() {
        return channel.close();
    }

    /** Bytes sent on the wire so far, TLS included. */
    public long sentBytes() {
        return counter.sentBytes();
    }

    /** Bytes received on the wire so far, TLS included. */
    public long receivedBytes() {
        return counter.receivedBytes();
    }
}
