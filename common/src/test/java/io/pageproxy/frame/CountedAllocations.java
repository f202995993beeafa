package io.pageproxy.frame;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;

/** An allocator that counts allocations and tracks unreleased buffers. */
public final class CountedAllocations extends AbstractByteBufAllocator {
    /** Buffers that were unreleased at the last allocation, including that allocation. */
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

    /** Number of allocations. */
    public int count() {
        return count;
    }

    /** Largest initial capacity. */
    public int largestBytes() {
        return largestBytes;
    }

    /** Bytes of unreleased buffers. */
    public long heldBytes() {
        return held.stream().filter(b -> b.refCnt() > 0).mapToLong(ByteBuf::capacity).sum();
    }
}
