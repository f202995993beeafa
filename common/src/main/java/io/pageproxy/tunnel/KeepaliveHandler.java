package io.pageproxy.tunnel;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.ScheduledFuture;
import io.pageproxy.frame.Frame;
import java.util.concurrent.TimeUnit;

/**
 * Sends keepalives and detects a silent peer. While this side does not read (for example because
 * its page server is slow), the peer's silence is not counted.
 *
 * <p>A single frame can take longer than the peer timeout: on a slow link a block of 512 KiB does,
 * and the peer's keepalives queue behind it. Therefore a growing frame also counts as a sign of
 * life, but only per {@link #MIN_PROGRESS_BYTES}: a peer that sends fewer bytes still times out, so
 * no frame can take forever.
 *
 * <p>The handler starts when TLS is established and sends three keepalives per peer timeout. It
 * reports a silent peer by firing a {@link PeerSilentException} through the pipeline.
 */
public final class KeepaliveHandler extends ChannelDuplexHandler {
    private static final int KEEPALIVES_PER_TIMEOUT = 3;

    /** Lower bound of the keepalive interval, however short the peer's timeout is. */
    private static final long MIN_INTERVAL_MILLIS = 50;

    /** Bytes of an incomplete frame that count as a sign of life. */
    static final int MIN_PROGRESS_BYTES = 1 << 10;

    private final long peerTimeoutMillis;
    private long intervalMillis;
    private long lastHeardNanos;

    /** Bytes received since the last sign of life. */
    private long arrivedBytes;

    private ChannelHandlerContext context;
    private ScheduledFuture<?> timer;

    /**
     * Creates the handler of one connection.
     *
     * @param peerTimeoutMillis the peer timeout: how long the peer may be silent
     */
    public KeepaliveHandler(long peerTimeoutMillis) {
        this.peerTimeoutMillis = peerTimeoutMillis;
        this.intervalMillis = Math.max(1, peerTimeoutMillis / KEEPALIVES_PER_TIMEOUT);
    }

    private void start(ChannelHandlerContext ctx) {
        context = ctx;
        lastHeardNanos = now();
        schedule();
    }

    private long now() {
        return context.executor().ticker().nanoTime();
    }

    /** Sets the peer's own timeout, which our keepalives must meet. */
    public void setPeerTimeoutMillis(long timeoutMillis) {
        long neededMillis = Math.max(MIN_INTERVAL_MILLIS, timeoutMillis / KEEPALIVES_PER_TIMEOUT);
        if (neededMillis < intervalMillis) {
            intervalMillis = neededMillis;
            if (timer != null) {
                stop();
                schedule();
            }
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
            start(ctx);
        }
        ctx.fireUserEventTriggered(event);
    }

    private void schedule() {
        timer = context.executor().schedule(this::tick, intervalMillis, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        if (!context.channel().config().isAutoRead()) {
            lastHeardNanos = now();
        }
        long silentMillis = TimeUnit.NANOSECONDS.toMillis(now() - lastHeardNanos);
        if (silentMillis >= peerTimeoutMillis) {
            context.fireExceptionCaught(new PeerSilentException(silentMillis));
            return;
        }
        context.writeAndFlush(new Frame.Keepalive());
        schedule();
    }

    /** Reports received bytes of complete or incomplete frames. */
    void arrived(int bytes) {
        arrivedBytes += bytes;
        if (arrivedBytes >= MIN_PROGRESS_BYTES && context != null) {
            heard();
        }
    }

    private void heard() {
        arrivedBytes = 0;
        lastHeardNanos = now();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (context != null) {
            heard();
        }
        if (!(message instanceof Frame.Keepalive)) {
            ctx.fireChannelRead(message);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        stop();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stop();
        ctx.fireChannelInactive();
    }

    private void stop() {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
