package io.pageproxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.dedup.Differences;
import io.pageproxy.dedup.EarlierPages;
import io.pageproxy.dedup.References;
import io.pageproxy.frame.Frame.Block;
import java.nio.ByteBuffer;

/**
 * A block that is being decoded: its literals are decoded, but pages that it refers to may still
 * have to be read from a disk. {@link #fill} does that, and may run on another thread than the
 * decoder; one thread at a time. The caller of {@link BlockDecoder#begin} owns the block, and
 * passes it to {@link BlockDecoder#finish} or releases it.
 */
public final class DecodingBlock {
    private final Block block;
    private final References references;
    private final EarlierPages earlier;
    private final int pageSizeBytes;
    private ByteBuf literals;
    private ByteBuf plain;
    private int nextReference;

    /** A block without references: the literals are the plain bytes. */
    DecodingBlock(Block block, ByteBuf plain) {
        this.block = block;
        this.references = null;
        this.earlier = null;
        this.pageSizeBytes = 0;
        this.plain = plain;
    }

    /** A block with references; ownership of the literals passes. */
    DecodingBlock(
            Block block,
            ByteBuf literals,
            References references,
            EarlierPages earlier,
            int pageSizeBytes,
            ByteBufAllocator allocator) {
        this.block = block;
        this.references = references;
        this.earlier = earlier;
        this.pageSizeBytes = pageSizeBytes;
        this.literals = literals;
        this.plain = allocator.directBuffer(block.rawBytes(), block.rawBytes());
    }

    Block block() {
        return block;
    }

    /** Whether no page is missing. */
    public boolean isWhole() {
        return literals == null;
    }

    /** Inserts pages that are available without waiting, up to the first that is not. */
    void fillWithoutWaiting() {
        fill(earlier::tryAppend);
    }

    /**
     * Inserts all missing pages; may block.
     *
     * @throws io.pageproxy.session.SessionException if they are not available; the caller still has
     *     to release the block
     */
    public void fill() {
        fill(
                (firstIndex, pages, to) -> {
                    earlier.append(firstIndex, pages, to);
                    return true;
                });
    }

    private interface Reader {
        boolean read(long firstIndex, int pages, ByteBuf to);
    }

    private void fill(Reader reader) {
        while (nextReference < references.count()) {
            plain.writeBytes(literals, references.offset(nextReference) - plain.writerIndex());
            if (!fillIn(nextReference, reader)) {
                return;
            }
            nextReference++;
        }
        plain.writeBytes(literals, literals.readableBytes());
        literals.release();
        literals = null;
    }

    private boolean fillIn(int reference, Reader reader) {
        int pages = references.pages(reference);
        int lengthBytes = pages * pageSizeBytes;
        if (references.isZero(reference)) {
            plain.writeZero(lengthBytes);
            return true;
        }
        long firstIndex = references.firstIndex(reference);
        return references.isDifference(reference)
                ? addDifferences(firstIndex, pages, reader)
                : reader.read(firstIndex, pages, plain);
    }

    /** Turns the next differences into pages. */
    private boolean addDifferences(long firstIndex, int pages, Reader reader) {
        int lengthBytes = pages * pageSizeBytes;
        ByteBuf earlierPages = plain.alloc().directBuffer(lengthBytes, lengthBytes);
        try {
            if (!reader.read(firstIndex, pages, earlierPages)) {
                return false;
            }
            int at = plain.writerIndex();
            plain.writeBytes(literals, lengthBytes);
            ByteBuffer with = earlierPages.nioBuffer(0, lengthBytes);
            Differences.xor(plain.nioBuffer(0, plain.writerIndex()), at, with, 0, lengthBytes);
            return true;
        } finally {
            earlierPages.release();
        }
    }

    /** The plain bytes of a complete block; owned by the caller. */
    ByteBuf takePlain() {
        ByteBuf taken = plain;
        plain = null;
        return taken;
    }

    /** Releases the buffers. */
    public void release() {
        if (literals != null) {
            literals.release();
            literals = null;
        }
        if (plain != null) {
            plain.release();
            plain = null;
        }
    }
}
