package io.pageproxy.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;

/**
 * Gathers the content of a stored block from the pieces in which it arrives. Pieces are not copied
 * as long as that is cheap in memory; a piece is copied where it is short, or where it would keep a
 * much longer buffer alive. Otherwise a peer that sends one byte in each TLS record, or one small
 * block in each large read, would make us hold many times what it has sent.
 *
 * <p>Not thread-safe. Owned by the decoder, which must call {@link #take} or {@link #release}.
 */
final class StoredContent {
    /** Shorter pieces cost less when they are copied. */
    static final int LEAST_SLICE_BYTES = 4 << 10;

    /** A piece may keep a buffer alive that is so many times as long. */
    static final int MOST_RETAINED_TIMES = 8;

    private static final int FIRST_COPY_BYTES = 1 << 10;
    private static final int MOST_COPY_BYTES = 16 << 10;

    private final ByteBufAllocator allocator;
    private CompositeByteBuf parts;

    /** Short pieces, put together; null where the last one was not short. */
    private ByteBuf copied;

    StoredContent(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** The content of a block that has arrived in one piece; owned by the caller. */
    static ByteBuf whole(ByteBuf in, int lengthBytes, ByteBufAllocator allocator) {
        return isCheapToKeep(in, lengthBytes)
                ? in.readRetainedSlice(lengthBytes)
                : allocator.directBuffer(lengthBytes, lengthBytes).writeBytes(in, lengthBytes);
    }

    private static boolean isCheapToKeep(ByteBuf in, int lengthBytes) {
        return lengthBytes >= LEAST_SLICE_BYTES
                && in.capacity() <= MOST_RETAINED_TIMES * (long) lengthBytes;
    }

    /** Adds so many bytes, which are read from the buffer. */
    void add(ByteBuf in, int lengthBytes) {
        if (isCheapToKeep(in, lengthBytes)) {
            appendCopied();
            append(in.readRetainedSlice(lengthBytes));
            return;
        }
        int left = lengthBytes;
        while (left > 0) {
            if (copied == null) {
                copied = allocator.directBuffer(FIRST_COPY_BYTES, MOST_COPY_BYTES);
            }
            int now = Math.min(left, copied.maxWritableBytes());
            copied.writeBytes(in, now);
            left -= now;
            if (copied.maxWritableBytes() == 0) {
                appendCopied();
            }
        }
    }

    private void appendCopied() {
        if (copied != null) {
            append(copied);
            copied = null;
        }
    }

    private void append(ByteBuf part) {
        if (parts == null) {
            parts = allocator.compositeDirectBuffer(Integer.MAX_VALUE);
        }
        parts.addComponent(true, part);
    }

    /** All that was added; owned by the caller. */
    ByteBuf take() {
        ByteBuf all;
        if (parts == null) {
            all = copied;
        } else {
            appendCopied();
            all = parts;
        }
        parts = null;
        copied = null;
        return all;
    }

    /** Gives up what was added. */
    void release() {
        if (parts != null) {
            parts.release();
            parts = null;
        }
        if (copied != null) {
            copied.release();
            copied = null;
        }
    }
}
