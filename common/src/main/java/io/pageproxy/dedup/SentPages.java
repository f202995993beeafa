package io.pageproxy.dedup;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import net.jpountz.xxhash.XXHash64;
import net.jpountz.xxhash.XXHashFactory;

/**
 * The pages that were sent of late, by content: the buffers that went on the wire are kept, first
 * in first out, up to a budget. Equality is proved byte by byte, so no hash that somebody has
 * prepared makes one page stand for another. Not thread-safe; {@link #close} lets all buffers go.
 */
final class SentPages implements AutoCloseable {
    private static final XXHash64 XX_HASH = XXHashFactory.nativeInstance().hash64();
    private static final int WAYS = 4;

    private final int pageSizeBytes;
    private final long budgetBytes;
    private final int slotMask;
    private final int tableMask;
    private final long seed = new SecureRandom().nextLong();

    /** By slot, which a page gets when it is kept: its content and its number in the stream. */
    private final ByteBuffer[] contents;

    private final int[] offsets;
    private final long[] indexes;

    /** Buckets of {@value #WAYS}: a page's hash, and the slot that it was kept in. */
    private final long[] hashes;

    private final long[] slots;

    private final Deque<Kept> kept = new ArrayDeque<>();
    private long keptBytes;
    private long firstSlot;
    private long nextSlot;

    private record Kept(ByteBuf buffer, int pages) {}

    /**
     * Keeps nothing yet.
     *
     * @param budgetBytes how much content is kept at the most
     */
    SentPages(int pageSizeBytes, long budgetBytes) {
        this.pageSizeBytes = pageSizeBytes;
        this.budgetBytes = budgetBytes;
        int slotCount = powerOfTwoAtLeast(budgetBytes / pageSizeBytes + 1);
        slotMask = slotCount - 1;
        contents = new ByteBuffer[slotCount];
        offsets = new int[slotCount];
        indexes = new long[slotCount];
        hashes = new long[slotCount * WAYS];
        slots = new long[slotCount * WAYS];
        tableMask = slotCount - 1;
    }

    private static int powerOfTwoAtLeast(long wanted) {
        return Math.max(2, Integer.highestOneBit((int) Math.min(1 << 26, 2 * wanted - 1)));
    }

    /** A fast hash, never 0. It only says where equality is worth proving. */
    long hash(ByteBuffer in, int offset) {
        long hash = XX_HASH.hash(in, offset, pageSizeBytes, seed);
        return hash == 0 ? 1 : hash;
    }

    /**
     * The slot of a page with that very content.
     *
     * @return -1 where there is none
     */
    long find(ByteBuffer in, int offset, long hash) {
        int bucket = bucketOf(hash);
        for (int way = bucket; way < bucket + WAYS; way++) {
            if (hashes[way] == hash && equal(slots[way], in, offset)) {
                return slots[way];
            }
        }
        return -1;
    }

    /** Whether that slot still holds a page, and its content is the one at that offset. */
    boolean equal(long slot, ByteBuffer in, int offset) {
        if (slot < firstSlot || slot >= nextSlot) {
            return false;
        }
        int at = (int) slot & slotMask;
        return contents[at]
                        .slice(offsets[at], pageSizeBytes)
                        .mismatch(in.slice(offset, pageSizeBytes))
                < 0;
    }

    /** The number in the stream of the page in that slot. */
    long indexOf(long slot) {
        return indexes[(int) slot & slotMask];
    }

    private int bucketOf(long hash) {
        return (int) (hash >>> 32 & tableMask) * WAYS;
    }

    /**
     * Keeps a buffer, whose pages are then added. It is retained; its content must not change.
     *
     * @return what {@link #add} wants of it
     */
    ByteBuffer keep(ByteBuf buffer, int pages) {
        keptBytes += buffer.capacity();
        while (keptBytes > budgetBytes && !kept.isEmpty()) {
            dropOldest();
        }
        kept.add(new Kept(buffer.retain(), pages));
        return buffer.nioBuffer(0, buffer.capacity());
    }

    private void dropOldest() {
        Kept oldest = kept.remove();
        for (int i = 0; i < oldest.pages(); i++) {
            contents[(int) firstSlot++ & slotMask] = null;
        }
        keptBytes -= oldest.buffer().capacity();
        oldest.buffer().release();
    }

    /**
     * Adds the next page of the buffer that was kept last.
     *
     * @param hash 0: it is found only beside a neighbour
     */
    void add(ByteBuffer content, int offset, long index, long hash) {
        int at = (int) nextSlot & slotMask;
        contents[at] = content;
        offsets[at] = offset;
        indexes[at] = index;
        if (hash != 0) {
            int bucket = bucketOf(hash);
            int oldest = bucket;
            for (int way = bucket + 1; way < bucket + WAYS; way++) {
                oldest = slots[way] < slots[oldest] ? way : oldest;
            }
            hashes[oldest] = hash;
            slots[oldest] = nextSlot;
        }
        nextSlot++;
    }

    @Override
    public void close() {
        while (!kept.isEmpty()) {
            dropOldest();
        }
    }
}
