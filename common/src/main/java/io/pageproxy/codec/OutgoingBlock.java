package io.pageproxy.codec;

import static io.pageproxy.frame.FrameLayout.BLOCK_HEADER_BYTES;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.codec.LevelSelector.Choice;
import io.pageproxy.dedup.PageDeduplicator;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.dedup.References;
import io.pageproxy.frame.FrameEncoder;
import java.nio.ByteBuffer;

/**
 * A block on its way from the plain stream to a frame. The steps come in this order:
 *
 * <pre>
 *  BlockEncoder.begin --> deduplicate --> selectLevel --> compress --> toFrame
 *                         (optional)                    (any thread)
 * </pre>
 *
 * All steps but {@link #compress} run on the session's thread, in the order of the stream. One
 * thread at a time uses a block; the caller hands it over safely. The block owns its buffer until
 * {@link #toFrame} or {@link #release}.
 */
public final class OutgoingBlock {
    /** A smaller block carries a request whose answer is awaited: it is sent as it is. */
    private static final int MIN_COMPRESSED_BYTES = 1 << 10;

    /** A block that shrinks by less than this fraction (a sixteenth) is stored as it is. */
    private static final int MIN_GAIN_SHIFT = 4;

    private static final byte[] NO_REFERENCES = {};

    private final LevelSelector selector;
    private final CodingCounter counter;
    private final long sequence;
    private final int plainBytes;
    private final int checksum;

    private ByteBuf content;
    private byte[] references = NO_REFERENCES;
    private Choice choice = Choice.NONE;
    private int literalBytes;
    private BlockCodec codec = BlockCodec.STORED;
    private long tookNanos;

    OutgoingBlock(
            ByteBuf plain,
            long sequence,
            int checksum,
            LevelSelector selector,
            CodingCounter counter) {
        this.content = plain;
        this.plainBytes = plain.readableBytes();
        this.sequence = sequence;
        this.checksum = checksum;
        this.selector = selector;
        this.counter = counter;
    }

    /**
     * Replaces the pages that need not be sent by references.
     *
     * @param runs where the block's pages lie
     */
    public void deduplicate(PageDeduplicator pages, PageRuns runs, ByteBufAllocator allocator) {
        boolean expensive = selector.linkIsExpensive();
        content = pages.literals(content, runs, expensive, BLOCK_HEADER_BYTES, allocator);
        references = pages.references().toBytes();
        counter.references(pages.references());
    }

    /** Selects how hard to compress what is left of the block. */
    public void selectLevel() {
        literalBytes = content.readableBytes();
        if (literalBytes >= MIN_COMPRESSED_BYTES) {
            choice = selector.select(literals());
        }
    }

    private ByteBuffer literals() {
        return content.internalNioBuffer(content.readerIndex(), literalBytes);
    }

    /** Whether {@link #compress} has anything to do. */
    public boolean isCompressible() {
        return choice.level() != CompressionLevel.NONE;
    }

    /** Compresses the literals at the selected level, and keeps the result if that pays. */
    public void compress(BlockCompressor compressor, ByteBufAllocator allocator) {
        if (!isCompressible()) {
            return;
        }
        long startNanos = System.nanoTime();
        int boundBytes = compressor.boundBytes(literalBytes);
        ByteBuf out = allocator.directBuffer(BLOCK_HEADER_BYTES + boundBytes + references.length);
        int codedBytes;
        try {
            ByteBuffer to = out.internalNioBuffer(BLOCK_HEADER_BYTES, boundBytes);
            codedBytes = compressor.compress(choice.level(), literals(), to);
        } catch (RuntimeException e) {
            out.release();
            throw e;
        }
        if (codedBytes < literalBytes - (literalBytes >> MIN_GAIN_SHIFT)) {
            content.release();
            content = out.setIndex(BLOCK_HEADER_BYTES, BLOCK_HEADER_BYTES + codedBytes);
            codec = choice.level().codec();
        } else {
            out.release();
        }
        tookNanos = System.nanoTime() - startNanos;
    }

    /** Completes the frame; ownership of its buffer passes to the caller. */
    public ByteBuf toFrame() {
        if (isCompressible()) {
            selector.onCoded(choice, literalBytes, content.readableBytes(), tookNanos);
        }
        counter.block(codec.code());
        content.writeBytes(references);
        FrameEncoder.writeBlockHeader(
                content,
                codec.code(),
                references.length / References.ENTRY_BYTES,
                sequence,
                plainBytes,
                checksum);
        return content;
    }

    /** Gives the block up. */
    public void release() {
        content.release();
    }
}
