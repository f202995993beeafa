package io.pageproxy.tunnel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.pageproxy.frame.BlocksExpected;
import io.pageproxy.frame.Frame;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import io.pageproxy.tls.TlsSessionInfo;
import java.util.concurrent.TimeUnit;

/**
 * One side's handle to the connection to its peer. Call its methods on its event loop, except for
 * those that permit any thread.
 */
public final class Tunnel {
    /** How long the connection may stay open to deliver the reason of a failed session. */
    private static final long ABORT_TIMEOUT_SECONDS = 2;

    private final Channel channel;
    private final WireCounter counter;
    private final KeepaliveHandler keepalive;

    private final TlsSessionInfo security;

    /**
     * Creates the handle of a channel whose pipeline was assembled by a {@link TunnelInitializer}.
     *
     * @param security what the TLS handshake negotiated
     */
    public Tunnel(Channel channel, TlsSessionInfo security) {
        this.channel = channel;
        this.security = security;
        this.counter = channel.pipeline().get(WireCounter.class);
        this.keepalive = channel.pipeline().get(KeepaliveHandler.class);
    }

    /** The underlying channel. */
    public Channel channel() {
        return channel;
    }

    /** The peer's identity and the TLS parameters. */
    public TlsSessionInfo security() {
        return security;
    }

    /**
     * Permits the peer to send blocks, if it might not before.
     *
     * @see TunnelInitializer#awaitingGreetings
     */
    public void expectBlocks() {
        channel.pipeline().fireUserEventTriggered(BlocksExpected.INSTANCE);
        if (channel.config().getRecvByteBufAllocator() instanceof TunnelReads reads) {
            reads.enlarge();
        }
    }

    /** Sends a control frame immediately; callable on any thread. */
    public ChannelFuture send(Frame frame) {
        return channel.writeAndFlush(frame);
    }

    /** Sends a control frame with the next {@link #flush}, so that several cost one packet. */
    public void write(Frame frame) {
        channel.write(frame);
    }

    /** Sends what {@link #write} has collected. */
    public void flush() {
        channel.flush();
    }

    /**
     * Sends an encoded block immediately and takes ownership of the buffer; callable on any thread.
     */
    public void sendBlock(ByteBuf block) {
        channel.writeAndFlush(block);
    }

    /** Bytes that the kernel has accepted from this connection so far; callable on any thread. */
    public long takenBytes() {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return counter.sentBytes() - (waiting == null ? 0 : waiting.totalPendingWriteBytes());
    }

    /**
     * Bytes that may be written before the channel becomes unwritable; if it is unwritable, minus
     * the bytes that must drain before it is writable again. Includes writes by other threads that
     * the event loop has not processed yet. Callable on any thread.
     */
    public long headroomBytes() {
        return channel.isWritable()
                ? channel.bytesBeforeUnwritable()
                : -channel.bytesBeforeWritable();
    }

    /** Fill level of the outbound buffer: 0 is empty, 1 is unwritable; callable on any thread. */
    public double backlog() {
        double room = Math.max(0, headroomBytes());
        return 1 - room / channel.config().getWriteBufferHighWaterMark();
    }

    /** Whether the channel is writable; callable on any thread. */
    public boolean isWritable() {
        return channel.isWritable();
    }

    /**
     * Enables or disables reading; unread bytes stay in the kernel and slow the peer down. Callable
     * on any thread.
     */
    public void setReading(boolean reading) {
        channel.config().setAutoRead(reading);
    }

    /** Sets the peer timeout that the peer has announced. */
    public void setPeerTimeoutMillis(long timeoutMillis) {
        keepalive.setPeerTimeoutMillis(timeoutMillis);
    }

    /**
     * Sends the peer the reason of a failure. The peer is then expected to close; what it still
     * sends is read and dropped, because closing with unread data would reset the connection, and
     * the reset could overtake the reason.
     */
    public void abort(Outcome outcome) {
        if (!channel.isActive()) {
            channel.close();
            return;
        }
        setReading(true);
        channel.writeAndFlush(
                new Frame.Abort(outcome.reason(), outcome.message(), outcome.detail()));
        channel.eventLoop()
                .schedule(() -> channel.close(), ABORT_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Ends the connection of a session: closes it if the peer knows the outcome already, otherwise
     * tells the peer first, as {@link #abort} does.
     *
     * @param peer the peer's side, which knows why it has failed
     */
    public void end(Outcome outcome, Side peer) {
        if (outcome.good() || outcome.side() == peer) {
            close();
        } else {
            abort(outcome);
        }
    }

    /** Closes the connection with TLS close_notify; callable on any thread. */
    public ChannelFuture close() {
        return channel.close();
    }

    /** Bytes sent on the wire so far, including TLS overhead; callable on any thread. */
    public long sentBytes() {
        return counter.sentBytes();
    }

    /** Bytes received on the wire so far, including TLS overhead; callable on any thread. */
    public long receivedBytes() {
        return counter.receivedBytes();
    }
}
