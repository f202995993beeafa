package io.pageproxy.codec;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.dedup.EarlierPages;
import io.pageproxy.dedup.References;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.SessionException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * Decodes the blocks of one session and verifies the sequence, length and checksum of each. Not
 * thread-safe; {@link #close} frees native memory.
 */
public final class BlockDecoder implements AutoCloseable {
    private final LZ4SafeDecompressor lz4 = LZ4Factory.nativeInstance().safeDecompressor();
    private final int pageSizeBytes;
    private final EarlierPages earlier;
    private final References references = new References();
    private ZstdDecompressCtx zstd;
    private final CRC32C checksum = new CRC32C();
    private long nextSequence;
    private final CodingCounter counter = new CodingCounter();

    /**
     * A decoder for one session.
     *
     * @param earlier the pages that blocks refer to
     */
    public BlockDecoder(int pageSizeBytes, EarlierPages earlier) {
        this.pageSizeBytes = pageSizeBytes;
        this.earlier = earlier;
    }

    /** The codecs that can be decoded: the bit of each codec's number is set. */
    public static long codecs() {
        long bits = 0;
        for (BlockCodec codec : BlockCodec.values()) {
            bits |= 1L << codec.code();
        }
        return bits;
    }

    /**
     * Decodes one block, whose lengths the frame decoder has checked; waits for the pages that it
     * refers to.
     *
     * @param block this method releases its content, or returns it as the result
     * @return bytes of the plain stream; owned by the caller
     * @throws SessionException if the block is not the next one, or not what was sent
     */
    public ByteBuf decode(Block block, ByteBufAllocator allocator) {
        DecodingBlock decoding = begin(block, allocator);
        if (!decoding.isWhole()) {
            try {
                decoding.fill();
            } catch (RuntimeException e) {
                decoding.release();
                throw e;
            }
        }
        return finish(decoding);
    }

    /**
     * Decodes one block as far as possible without waiting. No other block may begin before {@link
     * #finish}.
     *
     * @param block this method releases its content, or passes it to the result
     * @return owned by the caller
     * @throws SessionException if the block is not the next one, or not what was sent
     */
    public DecodingBlock begin(Block block, ByteBufAllocator allocator) {
        if (block.sequence() != nextSequence) {
            block.content().release();
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "expected block " + nextSequence + ", but block " + block.sequence() + " came");
        }
        ByteBuf literals = literals(block, allocator);
        if (block.references() == 0) {
            return new DecodingBlock(block, literals);
        }
        DecodingBlock decoding =
                new DecodingBlock(block, literals, references, earlier, pageSizeBytes, allocator);
        try {
            decoding.fillWithoutWaiting();
        } catch (RuntimeException e) {
            decoding.release();
            throw e;
        }
        return decoding;
    }

    /**
     * Verifies a complete block.
     *
     * @param decoding passes to this method
     * @return bytes of the plain stream; owned by the caller
     * @throws SessionException if they are not what was sent
     */
    public ByteBuf finish(DecodingBlock decoding) {
        Block block = decoding.block();
        ByteBuf plain = decoding.takePlain();
        updateChecksum(plain);
        if (checksum() != block.checksum()) {
            plain.release();
            throw new SessionException(
                    CloseReason.CHECKSUM_MISMATCH,
                    String.format(
                            "block %d: the plain stream's checksum is %08x, but the source sent"
                                    + " %08x",
                            block.sequence(), checksum(), block.checksum()));
        }
        nextSequence++;
        counter.block(block.codec());
        if (block.references() > 0) {
            counter.references(references);
        }
        return plain;
    }

    private void updateChecksum(ByteBuf plain) {
        if (plain.nioBufferCount() == 1) {
            int start = plain.readerIndex();
            checksum.update(plain.internalNioBuffer(start, plain.readableBytes()).duplicate());
        } else {
            for (ByteBuffer piece : plain.nioBuffers()) {
                checksum.update(piece);
            }
        }
    }

    private ByteBuf literals(Block block, ByteBufAllocator allocator) {
        ByteBuf content = block.content();
        int codedBytes = content.readableBytes() - block.references() * References.ENTRY_BYTES;
        int literalBytes = block.rawBytes();
        if (block.references() > 0) {
            literalBytes -= referredBytes(block, codedBytes);
            if (codedBytes > literalBytes) {
                content.release();
                throw undecodable(block, codedBytes + " bytes for " + literalBytes);
            }
            content.writerIndex(content.readerIndex() + codedBytes);
        }
        return literals(block, literalBytes, allocator);
    }

    private int referredBytes(Block block, int codedBytes) {
        ByteBuf content = block.content();
        String fault =
                references.read(
                        content,
                        content.readerIndex() + codedBytes,
                        block.references(),
                        block.rawBytes(),
                        pageSizeBytes);
        if (fault != null) {
            content.release();
            throw undecodable(block, fault);
        }
        return references.omittedPages() * pageSizeBytes;
    }

    private ByteBuf literals(Block block, int literalBytes, ByteBufAllocator allocator) {
        ByteBuf content = block.content();
        if (block.codec() == BlockCodec.STORED.code() && content.readableBytes() == literalBytes) {
            return content;
        }
        boolean lz4Coded = block.codec() == BlockCodec.LZ4.code();
        if (!lz4Coded && block.codec() != BlockCodec.ZSTD.code()) {
            content.release();
            throw undecodable(
                    block, "codec " + block.codec() + " is not known or not stored whole");
        }
        ByteBuf literals = allocator.directBuffer(literalBytes, Math.max(1, literalBytes));
        try {
            ByteBuffer from = content.internalNioBuffer(0, content.readableBytes());
            ByteBuffer to = literals.internalNioBuffer(0, literalBytes);
            int decodedBytes = lz4Coded ? lz4(from, to) : zstd(from, to);
            if (decodedBytes != literalBytes) {
                throw undecodable(
                        block, "it holds " + decodedBytes + " bytes instead of " + literalBytes);
            }
            return literals.writerIndex(literalBytes);
        } catch (LZ4Exception | ZstdException e) {
            literals.release();
            throw undecodable(block, "it is no compressed data: " + e.getMessage());
        } catch (SessionException e) {
            literals.release();
            throw e;
        } finally {
            content.release();
        }
    }

    private int lz4(ByteBuffer from, ByteBuffer to) {
        return lz4.decompress(
                from, from.position(), from.remaining(), to, to.position(), to.remaining());
    }

    /** Never writes beyond the target, whatever length the frame claims. */
    private int zstd(ByteBuffer from, ByteBuffer to) {
        if (zstd == null) {
            zstd = new ZstdDecompressCtx();
        }
        return zstd.decompressDirectByteBuffer(
                to, to.position(), to.remaining(), from, from.position(), from.remaining());
    }

    private static SessionException undecodable(Block block, String why) {
        return new SessionException(
                CloseReason.TUNNEL_PROTOCOL,
                "block " + block.sequence() + " of " + block.rawBytes() + " bytes: " + why);
    }

    /** CRC-32C of the plain stream so far. */
    public int checksum() {
        return (int) checksum.getValue();
    }

    /** Counts of the decoded blocks and references so far. */
    public CodingTotals totals() {
        return counter.totals();
    }

    @Override
    public void close() {
        if (zstd != null) {
            zstd.close();
            zstd = null;
        }
    }
}
