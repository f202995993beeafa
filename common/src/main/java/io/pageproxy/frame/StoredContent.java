package io.pageproxy.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;

/**
 * Gathers the content of a stored block from the pieces in which it arrives. A piece is kept
 * without copying if that is cheap in memory; it is copied if it is short or would keep a much
 * longer buffer alive. Otherwise a peer that sends one byte per TLS record, or one small block per
 * large read, could make this side hold many times the memory that it has sent.
 *
 * <p>Not thread-safe. Owned by the decoder, which must call {@link #take} or {@link #release}.
 */
final class StoredContent {
    /** Shorter pieces are copied. */
    static final int MIN_SLICE_BYTES = 4 << 10;

    /** A piece is copied if its buffer is longer than the piece by more than this factor. */
    static final int MAX_RETAINED_FACTOR = 8;

    private static final int FIRST_COPY_BYTES = 1 << 10;
    private static final int MAX_COPY_BYTES = 16 << 10;

    private final ByteBufAllocator allocator;
    private CompositeByteBuf parts;

    /** Accumulated short pieces; null if the last piece was not short. */
    private ByteBuf copied;

    StoredContent(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** Returns the content of a block that has arrived in one piece; owned by the caller. */
    static ByteBuf whole(ByteBuf in, int lengthBytes, ByteBufAllocator allocator) {
        return isCheapToKeep(in, lengthBytes)
                ? in.readRetainedSlice(lengthBytes)
                : allocator.directBuffer(lengthBytes, lengthBytes).writeBytes(in, lengthBytes);
    }

    private static boolean isCheapToKeep(ByteBuf in, int lengthBytes) {
        return lengthBytes >= MIN_SLICE_BYTES
                && in.capacity() <= MAX_RETAINED_FACTOR * (long) lengthBytes;
    }

    /** Adds bytes, which are read from the buffer. */
    void add(ByteBuf in, int lengthBytes) {
        if (isCheapToKeep(in, lengthBytes)) {
            appendCopied();
            append(in.readRetainedSlice(lengthBytes));
            return;
        }
        int left = lengthBytes;
        while (left > 0) {
            if (copied == null) {
                copied = allocator.directBuffer(FIRST_COPY_BYTES, MAX_COPY_BYTES);
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

    /** Returns everything that was added; owned by the caller. */
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

    /** Releases everything that was added. */
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
