package io.pageproxy.tunnel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.DuplexChannel;
import io.pageproxy.codec.BlockSequence;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.frame.FrameLayout;
import java.util.zip.CRC32C;

/**
 * Relays what an rsync says on a local socket to the one on the other host, in stored blocks, and
 * back. The socket is read only while the tunnel can take more, and the tunnel only while the
 * socket can. Everything runs on the tunnel's event loop, which must be the socket's as well.
 */
public final class SyncRelay extends ChannelInboundHandlerAdapter {
    private static final int BLOCK_BYTES = 256 << 10;

    private final Tunnel tunnel;
    private final Runnable onSocketEnd;
    private final BlockReads reads = new BlockReads(BLOCK_BYTES);
    private final BlockSequence received = new BlockSequence();
    private final CRC32C checksum = new CRC32C();
    private long nextBlock;
    private Channel socket; // Null before it is active.
    private boolean held;
    private boolean closed;
    private volatile long relayedBytes;

    /**
     * A relay whose socket is not there yet.
     *
     * @param held whether rsync hears nothing of the other side before {@link #release}
     * @param onSocketEnd called when rsync has closed its end
     */
    public SyncRelay(Tunnel tunnel, boolean held, Runnable onSocketEnd) {
        this.tunnel = tunnel;
        this.held = held;
        this.onSocketEnd = onSocketEnd;
    }

    /** Assembles the pipeline of the socket. */
    public ChannelInitializer<Channel> initializer() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.config().setRecvByteBufAllocator(reads);
                channel.config().setAutoRead(tunnel.isWritable());
                channel.pipeline().addLast(HandlerNames.SYNC, SyncRelay.this);
            }
        };
    }

    /** Bytes relayed so far, both ways; any thread. */
    public long relayedBytes() {
        return relayedBytes;
    }

    // ---- from the other host

    /**
     * Takes a block from the tunnel, which must not be read before the socket is there, and the
     * ownership of its content.
     */
    public void take(Block block) {
        ByteBuf content = block.content();
        boolean taken = false;
        try {
            received.check(block);
            taken = socket != null && socket.isActive();
        } finally {
            if (!taken) {
                content.release(); // What rsync does not hear any more is of no interest.
            }
        }
        if (!taken) {
            return;
        }
        count(content.readableBytes());
        if (held) {
            socket.write(content);
        } else {
            socket.writeAndFlush(content);
        }
    }

    /** Lets rsync hear the other side. */
    public void release() {
        held = false;
        if (socket != null) {
            socket.flush();
        }
    }

    /** The other rsync has ended; ours hears the end of its stream. */
    public void otherSideEnded() {
        if (socket instanceof DuplexChannel duplex) {
            socket.writeAndFlush(socket.alloc().buffer(0))
                    .addListener(written -> duplex.shutdownOutput());
        }
    }

    /** The tunnel has become writable or unwritable. */
    public void onTunnelWritable(boolean writable) {
        if (socket != null) {
            socket.config().setAutoRead(writable);
        }
    }

    /** Closes the socket, also one that is adopted later. */
    public void close() {
        closed = true;
        if (socket != null) {
            socket.close();
        }
    }

    // ---- from our rsync

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        socket = ctx.channel();
        tunnel.setReading(true);
        if (closed) {
            socket.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ((ByteBuf) message).release();
        if (reads.isFull()) {
            send(ctx);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        send(ctx);
    }

    private void send(ChannelHandlerContext ctx) {
        ByteBuf pending = reads.block();
        if (pending == null || !pending.isReadable()) {
            return;
        }
        ByteBuf block = reads.take(ctx.alloc(), pending.writerIndex());
        int bytes = block.readableBytes();
        count(bytes);
        checksum.update(block.nioBuffer());
        FrameEncoder.writeBlockHeader(
                block, FrameLayout.STORED_CODE, 0, nextBlock++, bytes, (int) checksum.getValue());
        tunnel.channel().writeAndFlush(block).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            tunnel.setReading(ctx.channel().isWritable());
        } // A closed channel is never writable, and the tunnel must be read to its end.
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        send(ctx);
        reads.release();
        tunnel.setReading(true);
        onSocketEnd.run();
    }

    /** An rsync that was killed resets its socket. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // Written on the event loop alone.
    private void count(int bytes) {
        relayedBytes += bytes;
    }
}
