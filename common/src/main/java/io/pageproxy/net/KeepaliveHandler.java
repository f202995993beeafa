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
 * <p>It begins once TLS is up. Three keepalives fit into the time that a peer's silence is borne. A
 * silent peer shows as a {@link PeerSilentException} in the pipeline.
 */
public final class KeepaliveHandler extends ChannelDuplexHandler {
    private static final int SIGNS_PER_TIMEOUT = 3;

    private final long peerTimeoutMillis;
    private long intervalMillis;
    private long lastHeardNanos;
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
        long neededMillis = Math.max(1, timeoutMillis / SIGNS_PER_TIMEOUT);
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

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        lastHeardNanos = ctx.executor().ticker().nanoTime();
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
