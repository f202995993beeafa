package io.pageproxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.session.CodingTotals;
import java.util.zip.CRC32C;

/**
 * Encodes the blocks of one session: numbers them, extends the checksum of the plain stream, and
 * counts what came out. {@link OutgoingBlock} lists the steps that follow for each block. Used on
 * the session's thread.
 */
public final class BlockEncoder {
    private final LevelSelector selector;
    private final CRC32C checksum = new CRC32C();
    private final CodingCounter counter = new CodingCounter();
    private long sequence;

    /**
     * An encoder for one session.
     *
     * @param selector selects the compression level of each block
     */
    public BlockEncoder(LevelSelector selector) {
        this.selector = selector;
    }

    /**
     * Takes the next block of the stream.
     *
     * @param plain its readable bytes, 1 to MAX_BLOCK_BYTES, are the plain stream; at least
     *     BLOCK_HEADER_BYTES lie before them; ownership passes to the returned block
     */
    public OutgoingBlock begin(ByteBuf plain) {
        int plainBytes = plain.readableBytes();
        checksum.update(plain.internalNioBuffer(plain.readerIndex(), plainBytes).duplicate());
        return new OutgoingBlock(plain, sequence++, checksum(), selector, counter);
    }

    /** All steps but deduplication at once; the caller owns the frame. */
    public ByteBuf encode(ByteBuf plain, BlockCompressor compressor, ByteBufAllocator allocator) {
        OutgoingBlock block = begin(plain);
        block.selectLevel();
        block.compress(compressor, allocator);
        return block.toFrame();
    }

    /** CRC-32C of the plain stream so far. */
    public int checksum() {
        return (int) checksum.getValue();
    }

    /** Counts of the frames and references so far. */
    public CodingTotals totals() {
        return counter.totals();
    }

    /** Keeps what was learned about the link for later sessions: the whole stream has arrived. */
    public void keepHistory() {
        selector.keepHistory();
    }
}
