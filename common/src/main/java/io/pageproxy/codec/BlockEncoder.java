package io.pageproxy.codec;

import static io.pageproxy.frame.FrameLayout.BLOCK_HEADER_BYTES;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.dedup.PageDeduplicator;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.dedup.References;
import io.pageproxy.frame.FrameEncoder;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Codes the blocks of one session, in order: checksum, pages that need not be sent, compression of
 * the rest where that pays, and the frame's header. Not thread-safe: one session, one thread.
 * {@link #close} frees what it keeps between blocks.
 */
public final class BlockEncoder implements AutoCloseable {
    /** A block that shrinks by less than this part of itself is stored as it is. */
    private static final int LEAST_GAIN_SHIFT = 4;

    private final Efforts efforts;
    private final Optional<PageDeduplicator> deduplicator;
    private final References none = new References();
    private final BlockCompressor compressor = new BlockCompressor();
    private final CRC32C checksum = new CRC32C();
    private long sequence;
    private long referredPages;
    private final long[] blocks = new long[BlockCodec.values().length];

    /**
     * An encoder for one session.
     *
     * @param efforts says how hard to compress each block
     * @param deduplicator takes out what need not be sent, where the peer can put it back; owned by
     *     the encoder from now on
     */
    public BlockEncoder(Efforts efforts, Optional<PageDeduplicator> deduplicator) {
        this.efforts = efforts;
        this.deduplicator = deduplicator;
    }

    /**
     * Codes one block.
     *
     * @param block its readable bytes, 1 to MAX_BLOCK_BYTES, are the plain stream; before them lie
     *     at least BLOCK_HEADER_BYTES; ownership passes to this method
     * @param runs where its pages lie
     * @return the whole frame; owned by the caller
     */
    public ByteBuf encode(ByteBuf block, PageRuns runs, ByteBufAllocator allocator) {
        int plainBytes = block.readableBytes();
        checksum.update(block.internalNioBuffer(block.readerIndex(), plainBytes).duplicate());
        ByteBuf literals =
                deduplicator
                        .map(
                                pages ->
                                        pages.literals(
                                                block,
                                                runs,
                                                efforts.linkIsDear(),
                                                BLOCK_HEADER_BYTES,
                                                allocator))
                        .orElse(block);
        References references = deduplicator.map(PageDeduplicator::references).orElse(none);
        referredPages += references.totalPages();
        Effort effort = literals.isReadable() ? chosen(literals) : Effort.NONE;
        ByteBuf coded =
                effort == Effort.NONE ? null : compressed(effort, literals, references, allocator);
        BlockCodec codec = coded == null ? BlockCodec.STORED : effort.codec();
        if (coded == null) {
            coded = literals;
        } else {
            literals.release();
        }
        references.write(coded);
        FrameEncoder.writeBlockHeader(
                coded, codec.code(), references.count(), sequence++, plainBytes, checksum());
        blocks[codec.code()]++;
        return coded;
    }

    private Effort chosen(ByteBuf literals) {
        return efforts.next(
                literals.internalNioBuffer(literals.readerIndex(), literals.readableBytes()));
    }

    /** The compressed literals with room in front and behind; null where they hardly shrink. */
    private ByteBuf compressed(
            Effort effort, ByteBuf literals, References references, ByteBufAllocator allocator) {
        int plainBytes = literals.readableBytes();
        int boundBytes = compressor.boundBytes(plainBytes);
        ByteBuf out =
                allocator.directBuffer(
                        BLOCK_HEADER_BYTES
                                + boundBytes
                                + references.count() * References.ENTRY_BYTES);
        ByteBuffer from = literals.internalNioBuffer(literals.readerIndex(), plainBytes);
        ByteBuffer to = out.internalNioBuffer(BLOCK_HEADER_BYTES, boundBytes);
        long startNanos = System.nanoTime();
        int codedBytes = compressor.compress(effort, from, to);
        boolean shrinks = codedBytes < plainBytes - (plainBytes >> LEAST_GAIN_SHIFT);
        efforts.coded(
                plainBytes, shrinks ? codedBytes : plainBytes, System.nanoTime() - startNanos);
        if (!shrinks) {
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

    /** How many pages were sent as references instead of their content. */
    public long referredPages() {
        return referredPages;
    }

    @Override
    public void close() {
        compressor.close();
        deduplicator.ifPresent(PageDeduplicator::close);
    }
}
