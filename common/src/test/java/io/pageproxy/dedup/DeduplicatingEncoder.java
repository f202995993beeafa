package io.pageproxy.dedup;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.codec.BlockCompressor;
import io.pageproxy.codec.BlockEncoder;
import io.pageproxy.codec.CompressionLevel;
import io.pageproxy.codec.LevelSelector;
import io.pageproxy.codec.OutgoingBlock;
import io.pageproxy.session.CodingTotals;

/**
 * Runs all stages of a source's blocks on one thread. Closes the deduplicator unless it was taken.
 */
final class DeduplicatingEncoder implements AutoCloseable {
    private final BlockEncoder encoder;
    private final PageDeduplicator pages;
    private boolean taken;

    DeduplicatingEncoder(CompressionLevel level, PageDeduplicator pages) {
        this.encoder = new BlockEncoder(LevelSelector.fixed(level));
        this.pages = pages;
    }

    /** Returns a frame that the caller owns. */
    ByteBuf encode(
            ByteBuf plain, PageRuns runs, BlockCompressor compressor, ByteBufAllocator allocator) {
        OutgoingBlock block = encoder.begin(plain);
        block.deduplicate(pages, runs, allocator);
        block.selectLevel();
        block.compress(compressor, allocator);
        return block.toFrame();
    }

    CodingTotals totals() {
        return encoder.totals();
    }

    PageDeduplicator takePages() {
        taken = true;
        return pages;
    }

    @Override
    public void close() {
        if (!taken) {
            pages.close();
        }
    }
}
