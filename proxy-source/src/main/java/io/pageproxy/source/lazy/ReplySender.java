package io.pageproxy.source.lazy;

import io.netty.buffer.ByteBuf;
import io.pageproxy.codec.BlockCompressor;
import io.pageproxy.codec.BlockEncoder;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.codec.CompressionLevel;
import io.pageproxy.codec.LevelSelector;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.SessionException;
import io.pageproxy.tunnel.Tunnel;

/**
 * Sends what CRIU replies in blocks: a complete reply at once, since a task waits for it, and a
 * long one in pieces. Used on the tunnel's event loop; {@link #close} frees native memory.
 */
final class ReplySender implements AutoCloseable {
    /** A block of this size is sent even if its reply is not complete. */
    private static final int PIECE_BYTES = 256 << 10;

    private final Tunnel tunnel;
    private final BlockEncoder encoder;
    private final BlockCompressor compressor = new BlockCompressor();
    private ByteBuf pending;

    /**
     * A sender for one session.
     *
     * @throws SessionException INCOMPATIBLE_HOSTS if the destination lacks the codec asked for
     */
    ReplySender(CodecChoice codec, Accept accept, Tunnel tunnel) {
        this.tunnel = tunnel;
        // A page fault must be served soon, so the automatic choice is the fastest level.
        CompressionLevel level = codec.level().orElse(CompressionLevel.LZ4);
        if ((accept.codecs() >> level.codec().code() & 1) == 0) {
            throw new SessionException(
                    CloseReason.INCOMPATIBLE_HOSTS,
                    "the destination cannot decode --codec "
                            + level.codec().label()
                            + "; choose another");
        }
        this.encoder = new BlockEncoder(LevelSelector.fixed(level));
    }

    /** Copies a piece of the replies. */
    void add(ByteBuf piece) {
        while (piece.isReadable()) {
            if (pending == null) {
                int room = FrameLayout.BLOCK_HEADER_BYTES + piece.readableBytes();
                pending = tunnel.channel().alloc().directBuffer(room);
                pending.setIndex(FrameLayout.BLOCK_HEADER_BYTES, FrameLayout.BLOCK_HEADER_BYTES);
            }
            int bytes = Math.min(PIECE_BYTES - pending.readableBytes(), piece.readableBytes());
            pending.writeBytes(piece, bytes);
            if (pending.readableBytes() == PIECE_BYTES) {
                flush();
            }
        }
    }

    /** Sends what has been added. */
    void flush() {
        if (pending != null) {
            ByteBuf block = pending;
            pending = null;
            tunnel.sendBlock(encoder.encode(block, compressor, tunnel.channel().alloc()));
        }
    }

    CodingTotals totals() {
        return encoder.totals();
    }

    @Override
    public void close() {
        if (pending != null) {
            pending.release();
            pending = null;
        }
        compressor.close();
    }
}
