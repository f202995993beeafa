package io.pageproxy.tunnel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.pageproxy.frame.FrameLayout;

/**
 * Makes a channel read directly into the block that is sent on the wire. Each read appends to the
 * same buffer, behind the space reserved for the frame header, until the block is taken. A page is
 * thus copied once from the kernel and never again.
 *
 * <pre>
 *  +---------------------+------------------------------+---------------+
 *  | space for header    | read so far                  | next read     |
 *  +---------------------+------------------------------+---------------+
 *                        ^ reader index                 ^ writer index
 * </pre>
 *
 * One instance serves one channel on its event loop. Each message that the channel fires is the
 * block itself, retained once more; the handler releases it.
 */
public final class BlockReads extends DefaultMaxMessagesRecvByteBufAllocator {
    private final int blockBytes;
    private final int minReadBytes;
    private ByteBuf block;

    /**
     * Creates an allocator for blocks of the given size.
     *
     * @param blockBytes 64 KiB to {@link FrameLayout#MAX_BLOCK_BYTES}
     */
    public BlockReads(int blockBytes) {
        if (blockBytes < 64 << 10 || blockBytes > FrameLayout.MAX_BLOCK_BYTES) {
            throw new IllegalArgumentException("a block of " + blockBytes + " bytes");
        }
        this.blockBytes = blockBytes;
        this.minReadBytes = blockBytes / 4;
    }

    /** The block as read so far; null if nothing has been read. Remains owned by this object. */
    public ByteBuf block() {
        return block;
    }

    /** Whether the remaining space is so small that the block should be taken now. */
    public boolean isFull() {
        return block != null && block.writableBytes() < minReadBytes;
    }

    /**
     * Takes the block up to an index; the bytes behind it start the next block.
     *
     * @param endIndex end of the block's bytes; the rest must be short
     * @return the block, owned by the caller
     */
    public ByteBuf take(ByteBufAllocator allocator, int endIndex) {
        ByteBuf taken = block;
        block = null;
        int restBytes = taken.writerIndex() - endIndex;
        if (restBytes > 0) {
            block = newBlock(allocator);
            block.writeBytes(taken, endIndex, restBytes);
            taken.writerIndex(endIndex);
        }
        return taken;
    }

    /** Releases what was read; call it once the channel is closed. */
    public void release() {
        if (block != null) {
            block.release();
            block = null;
        }
    }

    private ByteBuf newBlock(ByteBufAllocator allocator) {
        int header = FrameLayout.BLOCK_HEADER_BYTES;
        return allocator
                .directBuffer(header + blockBytes, header + blockBytes)
                .setIndex(header, header);
    }

    @Override
    public ExtendedHandle newHandle() {
        return new BlockHandle();
    }

    private final class BlockHandle extends MaxMessageHandle {
        @Override
        public int guess() {
            return blockBytes;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            if (block == null) {
                block = newBlock(allocator);
            }
            attemptedBytesRead(block.writableBytes());
            return block.retain();
        }
    }
}
