package io.pageproxy.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import java.util.function.Function;

/**
 * The pipeline of a tunnel, the same on both sides.
 *
 * <pre>
 *  socket - wire-counter - tls - frame-decoder - frame-encoder - keepalive - tunnel - session
 * </pre>
 */
public final class TunnelInitializer extends ChannelInitializer<Channel> {
    /** So much may wait for the socket before the other end of the pipe is slowed, in bytes. */
    private static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(512 << 10, 1 << 20);

    private final Function<Channel, SslHandler> tls;
    private final Function<Channel, TunnelListener> session;
    private final long peerTimeoutMillis;

    /**
     * An initializer of tunnels.
     *
     * @param tls makes the handler of one connection
     * @param session makes the state machine of one connection
     * @param peerTimeoutMillis how long a peer's silence is borne
     */
    public TunnelInitializer(
            Function<Channel, SslHandler> tls,
            Function<Channel, TunnelListener> session,
            long peerTimeoutMillis) {
        this.tls = tls;
        this.session = session;
        this.peerTimeoutMillis = peerTimeoutMillis;
    }

    @Override
    protected void initChannel(Channel channel) {
        channel.config().setWriteBufferWaterMark(WATER_MARK);
        TunnelReads reads = new TunnelReads();
        channel.config().setRecvByteBufAllocator(reads);
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addLast(HandlerNames.WIRE_COUNTER, new WireCounter());
        SslHandler handler = tls.apply(channel);
        pipeline.addLast(HandlerNames.TLS, handler);
        handler.handshakeFuture().addListener(done -> reads.authenticated(done.isSuccess()));
        pipeline.addLast(HandlerNames.FRAME_DECODER, new FrameDecoder());
        pipeline.addLast(HandlerNames.FRAME_ENCODER, new FrameEncoder());
        pipeline.addLast(HandlerNames.KEEPALIVE, new KeepaliveHandler(peerTimeoutMillis));
        pipeline.addLast(HandlerNames.TUNNEL, new TunnelHandler(session.apply(channel)));
    }
}
