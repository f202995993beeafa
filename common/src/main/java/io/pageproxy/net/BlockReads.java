package io.pageproxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.pageproxy.frame.FrameLayout;

/**
 * Makes a channel read straight into the block that will go on the wire: each read appends to the
 * same buffer, behind the room for the frame's header, until the block is taken. So a page's bytes
 * are copied once out of the kernel and not again.
 *
 * <pre>
 *  +---------------------+------------------------------+---------------+
 *  | room for the header | read so far                  | next read     |
 *  +---------------------+------------------------------+---------------+
 *                        ^ reader index                 ^ writer index
 * </pre>
 *
 * One instance serves one channel, on its event loop. Each message that the channel then reads is
 * the block itself, retained once more; the reader releases it.
 */
public final class BlockReads extends DefaultMaxMessagesRecvByteBufAllocator {
    private final int blockBytes;
    private final int leastReadBytes;
    private ByteBuf block;

    /**
     * Reads into blocks of that many bytes.
     *
     * @param blockBytes 64 KiB to {@link FrameLayout#MAX_BLOCK_BYTES}
     */
    public BlockReads(int blockBytes) {
        if (blockBytes < 64 << 10 || blockBytes > FrameLayout.MAX_BLOCK_BYTES) {
            throw new IllegalArgumentException("a block of " + blockBytes + " bytes");
        }
        this.blockBytes = blockBytes;
        this.leastReadBytes = blockBytes / 4;
    }

    /** The block as read so far; null where nothing was read. It stays owned by this. */
    public ByteBuf block() {
        return block;
    }

    /** Whether so little room is left that the block should be taken now. */
    public boolean isFull() {
        return block != null && block.writableBytes() < leastReadBytes;
    }

    /**
     * Takes the block up to an index; what lies behind begins the next block.
     *
     * @param endIndex of the block's bytes; the rest must be short
     * @return owned by the caller
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

    /** Gives up what was read; to be called once the channel is closed. */
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
