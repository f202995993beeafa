package io.pageproxy.net;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.ScheduledFuture;
import io.pageproxy.frame.Frame;
import java.util.concurrent.TimeUnit;

/**
 * Says that we live, and notices when the peer no longer does. While our side does not read (its
 * page server is slow) silence means nothing and is not counted.
 *
 * <p>A frame can take longer to arrive than silence is borne: on a slow link a block of 512 KiB
 * does, and the peer's keepalives wait behind it. So a frame that grows is a sign of life too, by
 * {@link #LEAST_PROGRESS_BYTES} at least: a peer that dribbles fewer is as silent as before, so
 * that no frame can take for ever.
 *
 * <p>It begins once TLS is up. Three keepalives fit into the time that a peer's silence is borne. A
 * silent peer shows as a {@link PeerSilentException} in the pipeline.
 */
public final class KeepaliveHandler extends ChannelDuplexHandler {
    private static final int SIGNS_PER_TIMEOUT = 3;

    /** However impatient the peer is, we do not talk more often than that. */
    private static final long LEAST_INTERVAL_MILLIS = 50;

    /** A part of a frame that is no shorter is a sign of life. */
    static final int LEAST_PROGRESS_BYTES = 1 << 10;

    private final long peerTimeoutMillis;
    private long intervalMillis;
    private long lastHeardNanos;

    /** What has come since the last sign of life. */
    private long arrivedBytes;

    private ChannelHandlerContext context;
    private ScheduledFuture<?> timer;

    /**
     * A handler for one connection.
     *
     * @param peerTimeoutMillis how long silence is borne
     */
    public KeepaliveHandler(long peerTimeoutMillis) {
        this.peerTimeoutMillis = peerTimeoutMillis;
        this.intervalMillis = Math.max(1, peerTimeoutMillis / SIGNS_PER_TIMEOUT);
    }

    private void start(ChannelHandlerContext ctx) {
        context = ctx;
        lastHeardNanos = now();
        schedule();
    }

    private long now() {
        return context.executor().ticker().nanoTime();
    }

    /** The peer bears silence no longer than this. */
    public void peerExpects(long timeoutMillis) {
        long neededMillis = Math.max(LEAST_INTERVAL_MILLIS, timeoutMillis / SIGNS_PER_TIMEOUT);
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

    /** So many bytes have come, of frames that may be whole or not. */
    void arrived(int bytes) {
        arrivedBytes += bytes;
        if (arrivedBytes >= LEAST_PROGRESS_BYTES && context != null) {
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
