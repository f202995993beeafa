package io.pageproxy.codec;

import static io.pageproxy.frame.FrameLayout.BLOCK_HEADER_BYTES;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.codec.LevelSelector.Choice;
import io.pageproxy.dedup.PageDeduplicator;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.dedup.References;
import io.pageproxy.session.CodingTotals;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Codes the blocks of one session, in two steps. {@link #prepare} and {@link #finish} go in the
 * stream's order, on the session's thread: checksum, pages that need not be sent, and how hard to
 * compress the rest. In between {@link PreparedBlock#compress} may run on any thread. {@link
 * #close} frees what is kept between blocks.
 */
public final class BlockEncoder implements AutoCloseable {
    /** What is smaller is somebody waiting for an answer: it goes as it is. */
    private static final int LEAST_COMPRESSED_BYTES = 1 << 10;

    private final LevelSelector selector;
    private Optional<PageDeduplicator> deduplicator;
    private final References none = new References();
    private final CRC32C checksum = new CRC32C();
    private long sequence;
    private final CodingCounter counter = new CodingCounter();

    /**
     * An encoder for one session.
     *
     * @param selector selects the compression level of each block
     * @param deduplicator takes out what need not be sent, where the peer can put it back; owned by
     *     the encoder from now on
     */
    public BlockEncoder(LevelSelector selector, Optional<PageDeduplicator> deduplicator) {
        this.selector = selector;
        this.deduplicator = deduplicator;
    }

    /**
     * Takes the next block of the stream.
     *
     * @param block its readable bytes, 1 to MAX_BLOCK_BYTES, are the plain stream; before them lie
     *     at least BLOCK_HEADER_BYTES; ownership passes to this method
     * @param runs where its pages lie
     * @return to be compressed and finished, or released
     */
    public PreparedBlock prepare(ByteBuf block, PageRuns runs, ByteBufAllocator allocator) {
        int plainBytes = block.readableBytes();
        checksum.update(block.internalNioBuffer(block.readerIndex(), plainBytes).duplicate());
        ByteBuf literals = block;
        References references = none;
        if (deduplicator.isPresent()) {
            PageDeduplicator pages = deduplicator.get();
            boolean expensive = selector.linkIsExpensive();
            literals = pages.literals(block, runs, expensive, BLOCK_HEADER_BYTES, allocator);
            references = pages.references();
            counter.references(references);
        }
        return new PreparedBlock(
                choiceFor(literals), literals, references, sequence++, plainBytes, checksum());
    }

    private Choice choiceFor(ByteBuf literals) {
        int literalBytes = literals.readableBytes();
        return literalBytes < LEAST_COMPRESSED_BYTES
                ? Choice.NONE
                : selector.select(literals.internalNioBuffer(literals.readerIndex(), literalBytes));
    }

    /**
     * Gives a block that was compressed its header.
     *
     * @return the whole frame; owned by the caller
     */
    public ByteBuf finish(PreparedBlock block) {
        if (block.isCompressible()) {
            selector.onCoded(
                    block.choice(), block.literalBytes(), block.codedBytes(), block.tookNanos());
        }
        counter.block(block.codec().code());
        return block.frame();
    }

    /** Both steps at once, on the session's thread. */
    public ByteBuf encode(
            ByteBuf block, PageRuns runs, BlockCompressor compressor, ByteBufAllocator allocator) {
        PreparedBlock prepared = prepare(block, runs, allocator);
        prepared.compress(compressor, allocator);
        return finish(prepared);
    }

    /** CRC-32C of all of the plain stream so far. */
    public int checksum() {
        return (int) checksum.getValue();
    }

    /** What was finished so far. */
    public CodingTotals totals() {
        return counter.totals();
    }

    /** Keeps what was learned about the link for later sessions: the whole stream has arrived. */
    public void keepHistory() {
        selector.keepHistory();
    }

    /** What it knows of the pages that it has sent; owned by the caller from now on. */
    public Optional<PageDeduplicator> takePages() {
        Optional<PageDeduplicator> taken = deduplicator;
        deduplicator = Optional.empty();
        return taken;
    }

    @Override
    public void close() {
        deduplicator.ifPresent(PageDeduplicator::close);
    }
}
