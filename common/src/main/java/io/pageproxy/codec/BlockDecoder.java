package io.pageproxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * Decodes the blocks of one session and holds each against its place, its length and its checksum.
 * Not thread-safe: one session, one thread.
 */
public final class BlockDecoder {
    private final LZ4SafeDecompressor decompressor = LZ4Factory.nativeInstance().safeDecompressor();
    private final CRC32C checksum = new CRC32C();
    private long nextSequence;
    private final long[] blocks = new long[BlockCodec.values().length];

    /**
     * Decodes one block, whose lengths the frame decoder has checked.
     *
     * @param block its content is released by this method, or passed on as the result
     * @return the plain stream's bytes; owned by the caller
     * @throws SessionException where the block is not the next one, or not what was sent
     */
    public ByteBuf decode(Block block, ByteBufAllocator allocator) {
        if (block.sequence() != nextSequence) {
            block.content().release();
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "expected block " + nextSequence + ", but block " + block.sequence() + " came");
        }
        ByteBuf raw = plain(block, allocator);
        checksum.update(raw.internalNioBuffer(raw.readerIndex(), raw.readableBytes()).duplicate());
        if (checksum() != block.checksum()) {
            raw.release();
            throw new SessionException(
                    CloseReason.CHECKSUM_MISMATCH,
                    String.format(
                            "block %d: the plain stream's checksum is %08x, but the source sent"
                                    + " %08x",
                            block.sequence(), checksum(), block.checksum()));
        }
        nextSequence++;
        blocks[block.codec()]++;
        return raw;
    }

    private ByteBuf plain(Block block, ByteBufAllocator allocator) {
        ByteBuf content = block.content();
        if (block.codec() == BlockCodec.STORED.code()
                && content.readableBytes() == block.rawBytes()) {
            return content;
        }
        try {
            if (block.codec() == BlockCodec.LZ4.code()) {
                return decompressed(block, allocator);
            }
            throw undecodable(
                    block, "codec " + block.codec() + " is not known or not stored whole");
        } finally {
            content.release();
        }
    }

    private ByteBuf decompressed(Block block, ByteBufAllocator allocator) {
        ByteBuf content = block.content();
        ByteBuf raw = allocator.directBuffer(block.rawBytes());
        ByteBuffer from = content.internalNioBuffer(0, content.readableBytes());
        ByteBuffer to = raw.internalNioBuffer(0, block.rawBytes());
        int rawBytes;
        try {
            rawBytes =
                    decompressor.decompress(
                            from,
                            from.position(),
                            from.remaining(),
                            to,
                            to.position(),
                            to.remaining());
        } catch (LZ4Exception e) {
            raw.release();
            throw undecodable(block, "LZ4 says " + e.getMessage());
        }
        if (rawBytes != block.rawBytes()) {
            raw.release();
            throw undecodable(block, "it holds " + rawBytes + " bytes");
        }
        return raw.writerIndex(rawBytes);
    }

    private static SessionException undecodable(Block block, String why) {
        return new SessionException(
                CloseReason.TUNNEL_PROTOCOL,
                "block " + block.sequence() + " of " + block.rawBytes() + " bytes: " + why);
    }

    /** CRC-32C of all of the plain stream so far. */
    public int checksum() {
        return (int) checksum.getValue();
    }

    /** How many blocks came, by the codec's label. */
    public Map<String, Long> blocksByCodec() {
        return BlockCodec.countsByLabel(blocks);
    }
}
