package io.pageproxy.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.simulator.ContentMix;
import io.pageproxy.simulator.PageContent;
import io.pageproxy.source.SourceConfig;

/** Content of pages, in blocks as large as a source makes them. */
public enum Pages {
    /** About what a process's memory is like. */
    MIXED,
    /** Text-like, which every codec shrinks. */
    TEXT,
    /** What no codec shrinks. */
    NOISE;

    /** Of one page. */
    static final int PAGE_BYTES = 4096;

    /** Of one block. */
    static final int BLOCK_BYTES = SourceConfig.DEFAULT_BLOCK_BYTES;

    /** So many blocks are more than a core's own caches hold. */
    static final int BLOCKS = 16;

    /** Of all blocks. */
    static final int STREAM_BYTES = BLOCKS * BLOCK_BYTES;

    private static final int SEED = 1;

    private ContentMix mix() {
        return switch (this) {
            case MIXED -> ContentMix.TYPICAL;
            case TEXT -> ContentMix.TEXT;
            case NOISE -> ContentMix.NOISE;
        };
    }

    /** The blocks of a stream, with room for a frame's header before each; owned by the caller. */
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

    /** The block as it was before it became a frame. */
    static ByteBuf rewound(ByteBuf block) {
        return block.setIndex(
                FrameLayout.BLOCK_HEADER_BYTES, FrameLayout.BLOCK_HEADER_BYTES + BLOCK_BYTES);
    }
}
