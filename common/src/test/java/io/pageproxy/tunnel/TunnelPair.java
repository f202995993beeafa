package io.pageproxy.tunnel;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Keepalive;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerNames;
import io.pageproxy.tls.TlsSessionInfo;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Both ends of a tunnel without TLS: one is a {@link Tunnel} with its listener, and the test is the
 * other.
 */
public final class TunnelPair {
    private static final int KEEPALIVE_MILLIS = 60_000;

    private final BlockingQueue<Frame> heard = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream heardBytes = new ByteArrayOutputStream();
    private final CRC32C checksum = new CRC32C();
    private Tunnel tunnel;
    private Channel far;
    private long nextBlock;

    /** Connects them; both use event loops of that group, which is epoll's. */
    public static TunnelPair connect(
            EventLoopGroup group, TunnelListener listener, Consumer<Frame> onFrame)
            throws InterruptedException {
        TunnelPair pair = new TunnelPair();
        CompletableFuture<Channel> accepted = new CompletableFuture<>();
        Channel server =
                new ServerBootstrap()
                        .group(group)
                        .channel(EpollServerSocketChannel.class)
                        .childHandler(pair.new Far(accepted, onFrame))
                        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .sync()
                        .channel();
        Channel near =
                new Bootstrap()
                        .group(group)
                        .channel(EpollSocketChannel.class)
                        .handler(new Near(listener))
                        .connect(server.localAddress())
                        .sync()
                        .channel();
        pair.far = accepted.join();
        server.close().sync();
        PeerIdentity peer = new PeerIdentity("peer", "aa".repeat(32), PeerNames.NONE);
        pair.tunnel = new Tunnel(near, new TlsSessionInfo("", "", "", peer));
        return pair;
    }

    private static final class Near extends ChannelInitializer<Channel> {
        private final TunnelListener listener;

        Near(TunnelListener listener) {
            this.listener = listener;
        }

        @Override
        protected void initChannel(Channel made) {
            made.pipeline()
                    .addLast(
                            new WireCounter(),
                            new FrameDecoder(),
                            new FrameEncoder(),
                            new KeepaliveHandler(KEEPALIVE_MILLIS),
                            new ChannelInboundHandlerAdapter() {
                                @Override
                                public void channelWritabilityChanged(ChannelHandlerContext ctx) {
                                    listener.onWritabilityChanged(ctx.channel().isWritable());
                                }
                            },
                            new TunnelHandler(listener));
        }
    }

    private final class Far extends ChannelInitializer<Channel> {
        private final CompletableFuture<Channel> accepted;
        private final Consumer<Frame> onFrame;

        Far(CompletableFuture<Channel> accepted, Consumer<Frame> onFrame) {
            this.accepted = accepted;
            this.onFrame = onFrame;
        }

        @Override
        protected void initChannel(Channel made) {
            made.pipeline()
                    .addLast(
                            new FrameDecoder(),
                            new FrameEncoder(),
                            new ChannelInboundHandlerAdapter() {
                                @Override
                                public void channelRead(ChannelHandlerContext ctx, Object frame) {
                                    hear((Frame) frame);
                                    onFrame.accept((Frame) frame);
                                }
                            });
            accepted.complete(made);
        }
    }

    private void hear(Frame frame) {
        if (frame instanceof Block block) {
            synchronized (heardBytes) {
                byte[] bytes = new byte[block.content().readableBytes()];
                block.content().readBytes(bytes);
                heardBytes.writeBytes(bytes);
            }
            block.release();
        } else if (!(frame instanceof Keepalive)) {
            heard.add(frame);
        }
    }

    /** The end that is tested. */
    public Tunnel tunnel() {
        return tunnel;
    }

    /** Sends a control frame to it. */
    public void say(Frame frame) {
        far.writeAndFlush(frame);
    }

    /** Sends the next stored block to it. */
    public void say(byte[] content) {
        ByteBuf block = Unpooled.buffer();
        block.writeZero(FrameLayout.BLOCK_HEADER_BYTES).writeBytes(content);
        block.readerIndex(FrameLayout.BLOCK_HEADER_BYTES);
        checksum.update(content);
        FrameEncoder.writeBlockHeader(
                block,
                FrameLayout.STORED_CODE,
                0,
                nextBlock++,
                content.length,
                (int) checksum.getValue());
        far.writeAndFlush(block);
    }

    /** Sends the next stored block to it. */
    public void say(String content) {
        say(content.getBytes(StandardCharsets.UTF_8));
    }

    /** Leaves out a block. */
    public void skipBlock() {
        nextBlock++;
    }

    /** The next control frame that has come from it. */
    public Frame heard() throws InterruptedException {
        Frame frame = heard.poll(20, TimeUnit.SECONDS);
        if (frame == null) {
            throw new AssertionError("no frame came");
        }
        return frame;
    }

    /** What has come from it in blocks. */
    public String heardText() {
        synchronized (heardBytes) {
            return heardBytes.toString(StandardCharsets.UTF_8);
        }
    }

    /** The number of bytes that have come from it in blocks. */
    public int heardBytes() {
        synchronized (heardBytes) {
            return heardBytes.size();
        }
    }

    /** Whether this end reads. */
    public void setReading(boolean reading) {
        far.config().setAutoRead(reading);
    }

    /** How many bytes wait to be sent to it. */
    public long waitingBytes() {
        return far.unsafe().outboundBuffer().totalPendingWriteBytes();
    }

    /** Cuts the connection. */
    public void cut() {
        far.close();
    }

    /** Completes when the connection has ended. */
    public boolean ended() {
        return !far.isActive() && !tunnel.channel().isActive();
    }
}
