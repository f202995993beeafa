package io.pageproxy.source.lazy;

import io.netty.buffer.ByteBuf;
import io.pageproxy.codec.BlockCompressor;
import io.pageproxy.codec.BlockEncoder;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.codec.CompressionLevel;
import io.pageproxy.codec.LevelSelector;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.SessionException;
import io.pageproxy.tunnel.Tunnel;
import java.util.Optional;

/**
 * Puts answers into blocks and sends them: whole ones at once, since somebody waits for each; long
 * ones in pieces. To be used on the tunnel's event loop; {@link #close} frees native memory.
 */
final class PageBlocks implements AutoCloseable {
    /** What has gathered so much leaves, be the answer whole or not. */
    private static final int PIECE_BYTES = 256 << 10;

    private final Tunnel tunnel;
    private final BlockEncoder encoder;
    private final BlockCompressor compressor = new BlockCompressor();
    private final PageRuns noRuns;
    private ByteBuf pending;

    /**
     * Blocks of one session.
     *
     * @throws SessionException INCOMPATIBLE_HOSTS where the destination lacks the codec asked for
     */
    PageBlocks(LazyConfig config, Accept accept, Tunnel tunnel) {
        this.tunnel = tunnel;
        this.noRuns = new PageRuns(config.host().pageSizeBytes(), 0);
        CompressionLevel level = level(config.codec());
        if ((accept.codecs() >> level.codec().code() & 1) == 0) {
            throw new SessionException(
                    CloseReason.INCOMPATIBLE_HOSTS,
                    "the destination cannot decode --codec "
                            + level.codec().label()
                            + "; choose another");
        }
        this.encoder = new BlockEncoder(LevelSelector.fixed(level), Optional.empty());
    }

    /** A fault is to be served soon: left to us it is the quick one. */
    private static CompressionLevel level(CodecChoice choice) {
        return choice.level().orElse(CompressionLevel.LZ4);
    }

    /** Takes a copy of a piece of the answers. */
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

    /** Sends what has gathered. */
    void flush() {
        if (pending != null) {
            ByteBuf block = pending;
            pending = null;
            tunnel.sendBlock(encoder.encode(block, noRuns, compressor, tunnel.channel().alloc()));
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
        encoder.close();
    }
}
