package io.pageproxy.tunnel;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.FrameException;
import io.pageproxy.peer.TlsFailure;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.tls.TlsFailures;
import io.pageproxy.tls.TlsSessionInfo;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Translates the events of a tunnel's channel into calls of a {@link TunnelListener}; makes no
 * decisions.
 */
public final class TunnelHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(TunnelHandler.class);

    private TunnelListener listener;
    private boolean up;
    private boolean failed;

    /** Creates a handler for a listener. */
    public TunnelHandler(TunnelListener listener) {
        this.listener = listener;
    }

    /**
     * Replaces the listener that receives a tunnel's events. Call it on the tunnel's event loop.
     */
    public static void setListener(Tunnel tunnel, TunnelListener next) {
        tunnel.channel().pipeline().get(TunnelHandler.class).listener = next;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event)
            throws SSLPeerUnverifiedException {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                up = true;
                listener.onTunnelUp(
                        new Tunnel(
                                ctx.channel(),
                                TlsSessionInfo.of(ctx.pipeline().get(SslHandler.class))));
            } else {
                exceptionCaught(ctx, handshake.cause());
            }
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (failed) {
            ((Frame) message).release();
        } else {
            listener.onFrame((Frame) message);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (up) {
            listener.onWritabilityChanged(ctx.channel().isWritable());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof SessionException ended) {
            fail(ctx, ended.reason(), ended.getMessage());
        } else if (cause instanceof FrameException) {
            fail(ctx, CloseReason.TUNNEL_PROTOCOL, cause.getMessage());
        } else if (cause instanceof PeerSilentException) {
            fail(ctx, CloseReason.PEER_SILENT, cause.getMessage());
        } else if (cause instanceof RuntimeException && !(cause instanceof CodecException)) {
            LOG.error("internal error, please report it", cause);
            fail(ctx, CloseReason.LOCAL_FAILURE, "internal error of pageproxy: " + cause);
        } else {
            TlsFailure failure = TlsFailures.describe(cause);
            fail(ctx, failure.reason(), failure.message());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(
                ctx,
                CloseReason.PEER_LOST,
                up ? "the tunnel was cut" : "the connection was closed before TLS was up");
    }

    private void fail(ChannelHandlerContext ctx, CloseReason reason, String message) {
        if (failed) {
            return;
        }
        failed = true;
        listener.onTunnelFailure(reason, message);
        if (!up) {
            ctx.close();
        }
    }
}
