package io.pageproxy.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.simulator.ContentMix;
import io.pageproxy.simulator.PageContent;
import io.pageproxy.source.SourceConfig;

/** Page content in blocks of the size that a source uses. */
public enum Pages {
    /** Similar to the memory of a typical process. */
    MIXED,
    /** Text-like content, which every codec compresses. */
    TEXT,
    /** Incompressible content. */
    NOISE;

    /** Size of a page. */
    static final int PAGE_BYTES = 4096;

    /** Size of a block. */
    static final int BLOCK_BYTES = SourceConfig.DEFAULT_BLOCK_BYTES;

    /** Number of blocks; together they exceed the private caches of a core. */
    static final int BLOCKS = 16;

    /** Size of all blocks. */
    static final int STREAM_BYTES = BLOCKS * BLOCK_BYTES;

    private static final int SEED = 1;

    private ContentMix mix() {
        return switch (this) {
            case MIXED -> ContentMix.TYPICAL;
            case TEXT -> ContentMix.TEXT;
            case NOISE -> ContentMix.NOISE;
        };
    }

    /**
     * Creates the blocks of a stream with space for a frame header before each; owned by the
     * caller.
     */
    ByteBuf[] blocks() {
        PageContent content = new PageContent(SEED, mix(), PAGE_BYTES);
        ByteBuf[] blocks = new ByteBuf[BLOCKS];
        for (int block = 0; block < BLOCKS; block++) {
            int capacityBytes = FrameLayout.BLOCK_HEADER_BYTES + BLOCK_BYTES;
            ByteBuf pages =
                    PooledByteBufAllocator.DEFAULT.directBuffer(capacityBytes, capacityBytes);
            for (int offset = 0; offset < BLOCK_BYTES; offset += PAGE_BYTES) {
                content.put(
                        new ImageId(ImageId.Kind.PROCESS, 1),
                        (long) block * BLOCK_BYTES + offset,
                        pages.internalNioBuffer(
                                FrameLayout.BLOCK_HEADER_BYTES + offset, PAGE_BYTES));
            }
            blocks[block] = rewound(pages);
        }
        return blocks;
    }

    /** Resets a block to its state before it became a frame. */
    static ByteBuf rewound(ByteBuf block) {
        return block.setIndex(
                FrameLayout.BLOCK_HEADER_BYTES, FrameLayout.BLOCK_HEADER_BYTES + BLOCK_BYTES);
    }
}
