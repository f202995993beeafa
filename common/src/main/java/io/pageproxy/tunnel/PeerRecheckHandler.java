package io.pageproxy.tunnel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.pageproxy.frame.Frame;
import io.pageproxy.net.EventLoops;
import io.pageproxy.peer.PeerWatch;
import io.pageproxy.peer.RevocationAction;
import io.pageproxy.peer.TlsFailure;
import io.pageproxy.session.SessionException;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a connection whose peer is no longer accepted. The peer is verified again after a change of
 * certificates, revocation lists or policy, and before the first frame and the first record. The
 * phase of a connection follows from the frames that pass in either direction:
 *
 * <pre>
 *   FRESH ------any frame, checked-----> WAITING --Open, File, Get, Block, checked--> STREAMING
 *                                           |                                             |
 *                                           +-- Joined (a lane of another's stream) ----->|
 *   any --Result, Done, Staged, Committed, Recommit--> DECIDED <--------------------------+
 * </pre>
 *
 * Up to WAITING the connection ends. In STREAMING, {@link RevocationAction} decides. In DECIDED it
 * is left alone: all data has arrived, and the remaining frames only settle which side's copy runs.
 */
final class PeerRecheckHandler extends ChannelDuplexHandler {
    private static final Logger LOG = LoggerFactory.getLogger(PeerRecheckHandler.class);

    private enum Phase {
        FRESH,
        WAITING,
        STREAMING,
        DECIDED
    }

    private final PeerWatch watch;
    private PeerWatch.Watched peer;
    private Phase phase = Phase.FRESH;
    private boolean refused;

    PeerRecheckHandler(PeerWatch watch) {
        this.watch = watch;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event)
            throws SSLPeerUnverifiedException {
        if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
            PeerWatch.Watched watched =
                    watch.watch(
                            ctx.pipeline().get(SslHandler.class),
                            failure ->
                                    EventLoops.tryExecute(
                                            ctx.channel().eventLoop(),
                                            () -> onRefused(ctx, failure)));
            ctx.channel().closeFuture().addListener(closed -> watched.end());
            peer = watched;
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof Frame frame && !(frame instanceof Frame.Abort)) {
            onFrame(ctx, phaseAfter(frame));
        }
        ctx.fireChannelRead(message); // After a failure the session's handler drops it.
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof Frame frame && !(frame instanceof Frame.Abort)) {
            onFrame(ctx, phaseAfter(frame));
        } else if (message instanceof ByteBuf) {
            onFrame(ctx, Phase.STREAMING);
        }
        if (refused && !(message instanceof Frame.Abort)) {
            ReferenceCountUtil.release(message);
            promise.setFailure(new ClosedChannelException());
        } else {
            ctx.write(message, promise);
        }
    }

    private static Phase phaseAfter(Frame frame) {
        if (frame instanceof Frame.Open
                || frame instanceof Frame.File
                || frame instanceof Frame.Get
                || frame instanceof Frame.Block
                || frame instanceof Frame.Joined) {
            return Phase.STREAMING;
        }
        boolean decides =
                frame instanceof Frame.Result
                        || frame instanceof Frame.Done
                        || frame instanceof Frame.Staged
                        || frame instanceof Frame.Committed
                        || frame instanceof Frame.Recommit;
        return decides ? Phase.DECIDED : Phase.WAITING;
    }

    private void onFrame(ChannelHandlerContext ctx, Phase next) {
        if (next.compareTo(phase) <= 0 || refused) {
            return;
        }
        if (phase.compareTo(Phase.STREAMING) < 0 && peer != null) {
            Optional<TlsFailure> failure = peer.recheck();
            if (failure.isPresent()) {
                refuse(ctx, failure.get(), "it was let in before, and had not begun its stream");
                return;
            }
        }
        phase = next;
    }

    private void onRefused(ChannelHandlerContext ctx, TlsFailure failure) {
        if (refused || phase == Phase.DECIDED || !ctx.channel().isActive()) {
            return;
        }
        if (phase != Phase.STREAMING) {
            refuse(ctx, failure, "it was let in before, and had not begun its stream");
        } else if (watch.onRevocation() == RevocationAction.ABORT) {
            refuse(ctx, failure, "--on-revocation abort ends its stream");
        } else {
            LOG.warn(
                    "{}; its stream under way goes on to its end (--on-revocation finish)",
                    failure.message());
        }
    }

    private void refuse(ChannelHandlerContext ctx, TlsFailure failure, String how) {
        refused = true;
        ctx.fireExceptionCaught(
                new SessionException(failure.reason(), failure.message() + " (" + how + ")"));
    }
}
