package io.pageproxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.pageproxy.frame.BlocksExpected;
import io.pageproxy.frame.Frame;
import io.pageproxy.session.Outcome;
import io.pageproxy.tls.TlsSessionInfo;
import java.util.concurrent.TimeUnit;

/**
 * One side's hold on the connection to its peer. To be used on its event loop, but for what says
 * that any thread may call it.
 */
public final class Tunnel {
    /** A failing session's last word must not keep the connection open for longer. */
    private static final long LAST_WORD_SECONDS = 2;

    private final Channel channel;
    private final WireCounter counter;
    private final KeepaliveHandler keepalive;

    private final TlsSessionInfo security;

    /**
     * The hold on a channel whose pipeline a {@link TunnelInitializer} has assembled.
     *
     * @param security what the handshake has settled
     */
    public Tunnel(Channel channel, TlsSessionInfo security) {
        this.channel = channel;
        this.security = security;
        this.counter = channel.pipeline().get(WireCounter.class);
        this.keepalive = channel.pipeline().get(KeepaliveHandler.class);
    }

    /** The connection itself. */
    public Channel channel() {
        return channel;
    }

    /** Who the peer is, and by what TLS has made sure of it. */
    public TlsSessionInfo security() {
        return security;
    }

    /** From now on another one is told what happens on this connection. */
    public void handOver(TunnelListener listener) {
        channel.pipeline().get(TunnelHandler.class).tell(listener);
    }

    /**
     * From now on the peer may send blocks, where it might not before. On the event loop.
     *
     * @see TunnelInitializer#awaitingGreetings
     */
    public void expectBlocks() {
        channel.pipeline().fireUserEventTriggered(BlocksExpected.INSTANCE);
        if (channel.config().getRecvByteBufAllocator() instanceof TunnelReads reads) {
            reads.enlarge();
        }
    }

    /** Sends a control frame at once; any thread. */
    public ChannelFuture send(Frame frame) {
        return channel.writeAndFlush(frame);
    }

    /** Sends an encoded block at once; ownership of the buffer passes; any thread. */
    public void sendBlock(ByteBuf block) {
        channel.writeAndFlush(block);
    }

    /** How many bytes the kernel has taken of the connection so far; any thread. */
    public long takenBytes() {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return counter.sentBytes() - (waiting == null ? 0 : waiting.totalPendingWriteBytes());
    }

    /**
     * How many bytes may still be written before it is no longer writable; where it is not, minus
     * how many must go out before it is again. Any thread; what other threads have written and the
     * event loop has not seen yet is counted.
     */
    public long headroomBytes() {
        return channel.isWritable()
                ? channel.bytesBeforeUnwritable()
                : -channel.bytesBeforeWritable();
    }

    /** How full what waits for the kernel is: 0 is empty, 1 is no longer writable; any thread. */
    public double backlog() {
        double room = Math.max(0, headroomBytes());
        return 1 - room / channel.config().getWriteBufferHighWaterMark();
    }

    /** Whether more should be written now; any thread. */
    public boolean isWritable() {
        return channel.isWritable();
    }

    /** Reads on, or leaves what comes in the kernel, which slows the peer; any thread. */
    public void setReading(boolean reading) {
        channel.config().setAutoRead(reading);
    }

    /** The peer's own limit of silence is known now. */
    public void peerExpects(long timeoutMillis) {
        keepalive.peerExpects(timeoutMillis);
    }

    /**
     * Tells the peer why the session failed. Then it is for the peer to close; what it still sends
     * is read and dropped. Closing with its pages unread would reset the connection, and a reset
     * overtakes the word that was just said.
     */
    public void abort(Outcome outcome) {
        if (!channel.isActive()) {
            channel.close();
            return;
        }
        setReading(true);
        channel.writeAndFlush(
                new Frame.Abort(outcome.reason(), outcome.message(), outcome.detail()));
        channel.eventLoop().schedule(() -> channel.close(), LAST_WORD_SECONDS, TimeUnit.SECONDS);
    }

    /** Closes with TLS's own end; any thread. */
    public ChannelFuture close() {
        return channel.close();
    }

    /** Bytes sent on the wire so far, TLS included; any thread. */
    public long sentBytes() {
        return counter.sentBytes();
    }

    /** Bytes received on the wire so far, TLS included; any thread. */
    public long receivedBytes() {
        return counter.receivedBytes();
    }
}
