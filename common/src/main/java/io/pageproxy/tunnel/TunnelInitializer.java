package io.pageproxy.tunnel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.tls.ConnectedPeers;
import java.util.function.Function;

/**
 * The pipeline of a tunnel, the same on both sides.
 *
 * <pre>
 *  socket - wire-counter - tls - arrivals - frame-decoder - frame-encoder - keepalive - peer-recheck
 *    - tunnel - session
 * </pre>
 */
public final class TunnelInitializer extends ChannelInitializer<Channel> {
    /**
     * Write buffer limits, in bytes; above the high mark the session stops reading from the other
     * end.
     */
    private static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(512 << 10, 1 << 20);

    private final Function<Channel, SslHandler> tls;
    private final Function<Channel, TunnelListener> session;
    private final long peerTimeoutMillis;
    private final boolean awaitsGreeting;

    /**
     * Creates an initializer for tunnels to a destination.
     *
     * @param tls creates the TLS handler of one connection
     * @param session creates the state machine of one connection
     * @param peerTimeoutMillis time of silence after which the peer counts as dead
     */
    public TunnelInitializer(
            Function<Channel, SslHandler> tls,
            Function<Channel, TunnelListener> session,
            long peerTimeoutMillis) {
        this(tls, session, peerTimeoutMillis, false);
    }

    private TunnelInitializer(
            Function<Channel, SslHandler> tls,
            Function<Channel, TunnelListener> session,
            long peerTimeoutMillis,
            boolean awaitsGreeting) {
        this.tls = tls;
        this.session = session;
        this.peerTimeoutMillis = peerTimeoutMillis;
        this.awaitsGreeting = awaitsGreeting;
    }

    /**
     * Creates an initializer for tunnels from sources. A connection accepts only control frames and
     * reads in small pieces until its session calls {@link Tunnel#expectBlocks}, so a peer cannot
     * make this side reserve more memory than one control frame before that.
     *
     * @param tls creates the TLS handler of one connection
     * @param session creates the state machine of one connection
     * @param peerTimeoutMillis time of silence after which the peer counts as dead
     */
    public static TunnelInitializer awaitingGreetings(
            Function<Channel, SslHandler> tls,
            Function<Channel, TunnelListener> session,
            long peerTimeoutMillis) {
        return new TunnelInitializer(tls, session, peerTimeoutMillis, true);
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
        if (!awaitsGreeting) {
            handler.handshakeFuture().addListener(done -> enlarge(reads, done.isSuccess()));
        }
        KeepaliveHandler keepalive = new KeepaliveHandler(peerTimeoutMillis);
        pipeline.addLast(HandlerNames.ARRIVALS, new ArrivalHandler(keepalive));
        pipeline.addLast(
                HandlerNames.FRAME_DECODER,
                awaitsGreeting ? FrameDecoder.ofControlFrames() : new FrameDecoder());
        pipeline.addLast(HandlerNames.FRAME_ENCODER, new FrameEncoder());
        pipeline.addLast(HandlerNames.KEEPALIVE, keepalive);
        ConnectedPeers.of(channel)
                .ifPresent(
                        watch ->
                                pipeline.addLast(
                                        HandlerNames.PEER_RECHECK, new PeerRecheckHandler(watch)));
        pipeline.addLast(HandlerNames.TUNNEL, new TunnelHandler(session.apply(channel)));
    }

    private static void enlarge(TunnelReads reads, boolean authenticated) {
        if (authenticated) {
            reads.enlarge();
        }
    }
}
