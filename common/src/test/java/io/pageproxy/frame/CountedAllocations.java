package io.pageproxy.frame;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;

/** An allocator that counts what was asked of it, and what has not come back. */
public final class CountedAllocations extends AbstractByteBufAllocator {
    /** Those that were not released when the last one was asked for, and that one. */
    private final List<ByteBuf> held = new ArrayList<>();

    private int count;
    private int largestBytes;

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return counted(UnpooledByteBufAllocator.DEFAULT.heapBuffer(initialCapacity, maxCapacity));
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return counted(UnpooledByteBufAllocator.DEFAULT.directBuffer(initialCapacity, maxCapacity));
    }

    private ByteBuf counted(ByteBuf buffer) {
        held.removeIf(earlier -> earlier.refCnt() == 0);
        held.add(buffer);
        count++;
        largestBytes = Math.max(largestBytes, buffer.capacity());
        return buffer;
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }

    /** How many buffers were asked for. */
    public int count() {
        return count;
    }

    /** The length of the largest buffer when it was asked for. */
    public int largestBytes() {
        return largestBytes;
    }

    /** Bytes of buffers that nobody has released. */
    public long heldBytes() {
        return held.stream().filter(b -> b.refCnt() > 0).mapToLong(ByteBuf::capacity).sum();
    }
}
