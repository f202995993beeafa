package io.pageproxy.codec;

import static io.pageproxy.frame.FrameLayout.BLOCK_HEADER_BYTES;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.frame.FrameEncoder;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/**
 * Codes the blocks of one session, in order: checksum, compression where it is wanted and pays, and
 * the frame's header. Not thread-safe: one session, one thread.
 */
public final class BlockEncoder {
    /** A block that shrinks by less than this part of itself is stored as it is. */
    private static final int LEAST_GAIN_SHIFT = 4;

    private final BlockCodec wanted;
    private final LZ4Compressor compressor = LZ4Factory.nativeInstance().fastCompressor();
    private final CRC32C checksum = new CRC32C();
    private long sequence;
    private final long[] blocks = new long[BlockCodec.values().length];

    /**
     * An encoder for one session.
     *
     * @param wanted the codec to try on each block
     */
    public BlockEncoder(BlockCodec wanted) {
        this.wanted = wanted;
    }

    /**
     * Codes one block.
     *
     * @param block its readable bytes, 1 to MAX_BLOCK_BYTES, are the plain stream; before them lie
     *     at least BLOCK_HEADER_BYTES; ownership passes to this method
     * @return the whole frame; owned by the caller
     */
    public ByteBuf encode(ByteBuf block, ByteBufAllocator allocator) {
        int rawBytes = block.readableBytes();
        ByteBuffer raw = block.internalNioBuffer(block.readerIndex(), rawBytes);
        checksum.update(raw.duplicate());
        ByteBuf coded = wanted == BlockCodec.LZ4 ? compressed(raw, allocator) : null;
        BlockCodec codec = coded == null ? BlockCodec.STORED : BlockCodec.LZ4;
        if (coded == null) {
            coded = block;
        } else {
            block.release();
        }
        FrameEncoder.writeBlockHeader(coded, codec.code(), sequence++, rawBytes, checksum());
        blocks[codec.code()]++;
        return coded;
    }

    /** The compressed content with room in front; null where it does not shrink enough. */
    private ByteBuf compressed(ByteBuffer raw, ByteBufAllocator allocator) {
        int rawBytes = raw.remaining();
        int roomBytes = rawBytes - (rawBytes >> LEAST_GAIN_SHIFT);
        int boundBytes = compressor.maxCompressedLength(rawBytes);
        ByteBuf out = allocator.directBuffer(BLOCK_HEADER_BYTES + boundBytes);
        ByteBuffer target = out.internalNioBuffer(BLOCK_HEADER_BYTES, boundBytes);
        int codedBytes =
                compressor.compress(
                        raw, raw.position(), rawBytes, target, target.position(), boundBytes);
        if (codedBytes >= roomBytes) {
            out.release();
            return null;
        }
        return out.setIndex(BLOCK_HEADER_BYTES, BLOCK_HEADER_BYTES + codedBytes);
    }

    /** CRC-32C of all of the plain stream so far. */
    public int checksum() {
        return (int) checksum.getValue();
    }

    /** How many blocks were made, by the codec's label. */
    public Map<String, Long> blocksByCodec() {
        return BlockCodec.countsByLabel(blocks);
    }
}
