package io.pageproxy.dedup;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import net.jpountz.xxhash.XXHash64;
import net.jpountz.xxhash.XXHashFactory;

/**
 * Copies of recently sent pages, first in first out, to be found by content. Equality is verified
 * byte by byte, so a forged hash cannot make one page replace another. Memory is allocated as pages
 * come, up to the budget. Not thread-safe; {@link #close} frees it.
 */
final class SentPages implements AutoCloseable {
    private static final XXHash64 XX_HASH = XXHashFactory.nativeInstance().hash64();
    private static final int WAYS = 4;
    private static final int SLAB_BYTES = 1 << 20;
    private static final long ODD_NUMBER = 0x9e37_79b9_7f4a_7c15L;

    /** A page differs little from another if at most one word in so many differs. */
    private static final int LITTLE = 4;

    private final int pageSizeBytes;
    private final int slabPages;
    private final int slotCount;
    private final int bucketMask;
    private final long seed = new SecureRandom().nextLong();

    /** The contents. A page gets the next slot when it is added; slots map to places cyclically. */
    private final ByteBuf[] slabs;

    private final ByteBuffer[] views;

    /** For each place: the page's number in the stream. */
    private final long[] indexes;

    /** Buckets of {@value #WAYS}: the hash of a page, and its slot. */
    private final long[] hashes;

    private final long[] slots;

    /** For each place: the page's address space and address, mixed into one number. */
    private final long[] owners;

    /** For each owner, as mixed above: the slot of its page. */
    private final long[] slotOfOwner;

    private long nextSlot;

    /**
     * Keeps nothing yet.
     *
     * @param budgetBytes how much content is kept at most, rounded up to {@value #SLAB_BYTES}
     */
    SentPages(int pageSizeBytes, long budgetBytes) {
        this.pageSizeBytes = pageSizeBytes;
        slabPages = SLAB_BYTES / pageSizeBytes;
        int slabCount = (int) ((budgetBytes + SLAB_BYTES - 1) / SLAB_BYTES);
        slabs = new ByteBuf[slabCount];
        views = new ByteBuffer[slabCount];
        slotCount = slabCount * slabPages;
        indexes = new long[slotCount];
        int buckets = Integer.highestOneBit(slotCount);
        hashes = new long[buckets * WAYS];
        slots = new long[buckets * WAYS];
        bucketMask = buckets - 1;
        owners = new long[slotCount];
        slotOfOwner = new long[buckets * WAYS];
        Arrays.fill(slotOfOwner, -1);
    }

    /** How many pages can be kept. */
    int slotCount() {
        return slotCount;
    }

    /**
     * A fast hash, never 0. It only tells where comparing is worthwhile.
     *
     * @param in its position and limit are changed
     */
    long hash(ByteBuffer in, int offset) {
        long hash = XX_HASH.hash(at(in, offset), offset, pageSizeBytes, seed);
        return hash == 0 ? 1 : hash;
    }

    /**
     * The slot of a page with the same content.
     *
     * @param in its position and limit are changed
     * @return -1 if there is none
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

    /**
     * Whether the slot still holds a page, with the same content as the page at the offset.
     *
     * @param in its position and limit are changed
     */
    boolean equal(long slot, ByteBuffer in, int offset) {
        return isKept(slot) && content(slot).mismatch(at(in, offset)) < 0;
    }

    /**
     * The slot of the page that was last sent for an address.
     *
     * @return -1 if it is not kept; in rare cases the slot of another address
     */
    long lastAt(long space, long vaddr) {
        long owner = ownerOf(space, vaddr);
        long slot = slotOfOwner[ownerPlace(owner)];
        return isKept(slot) && owners[placeOf(slot)] == owner ? slot : -1;
    }

    private static long ownerOf(long space, long vaddr) {
        return (space * ODD_NUMBER) ^ vaddr;
    }

    private int ownerPlace(long owner) {
        return (int) ((owner * ODD_NUMBER) >>> 32 & (slotOfOwner.length - 1));
    }

    private boolean isKept(long slot) {
        return slot >= 0 && slot >= nextSlot - slotCount && slot < nextSlot;
    }

    /** Whether a page differs so little that its difference is worth sending instead. */
    boolean differsLittle(long slot, ByteBuffer in, int offset) {
        int most = pageSizeBytes / Long.BYTES / LITTLE;
        ByteBuffer content = content(slot);
        int differing =
                Differences.differingWords(
                        content, content.position(), at(in, offset), offset, pageSizeBytes, most);
        return differing <= most;
    }

    /** Replaces a page in {@code to} by its difference from the page in the slot. */
    void subtract(long slot, ByteBuffer to, int offset) {
        ByteBuffer content = content(slot);
        Differences.xor(to, offset, content, content.position(), pageSizeBytes);
    }

    private ByteBuffer content(long slot) {
        int place = placeOf(slot);
        return at(views[place / slabPages], place % slabPages * pageSizeBytes);
    }

    private ByteBuffer at(ByteBuffer buffer, int offset) {
        return buffer.limit(offset + pageSizeBytes).position(offset);
    }

    private int placeOf(long slot) {
        return (int) (slot % slotCount);
    }

    /** The stream number of the page in the slot. */
    long indexOf(long slot) {
        return indexes[placeOf(slot)];
    }

    private int bucketOf(long hash) {
        return (int) (hash >>> 32 & bucketMask) * WAYS;
    }

    /**
     * Adds a copy of a page.
     *
     * @param in its position and limit are changed
     * @param hash see {@link #hash}
     * @param space the address space that {@code vaddr} belongs to
     */
    void add(ByteBuffer in, int offset, long index, long hash, long space, long vaddr) {
        int place = placeOf(nextSlot);
        int slab = place / slabPages;
        if (slabs[slab] == null) {
            slabs[slab] = UnpooledByteBufAllocator.DEFAULT.directBuffer(SLAB_BYTES, SLAB_BYTES);
            views[slab] = slabs[slab].nioBuffer(0, SLAB_BYTES);
        }
        content(nextSlot).put(at(in, offset));
        indexes[place] = index;
        owners[place] = ownerOf(space, vaddr);
        slotOfOwner[ownerPlace(owners[place])] = nextSlot;
        int bucket = bucketOf(hash);
        int oldest = bucket;
        for (int way = bucket + 1; way < bucket + WAYS; way++) {
            oldest = slots[way] < slots[oldest] ? way : oldest;
        }
        hashes[oldest] = hash;
        slots[oldest] = nextSlot;
        nextSlot++;
    }

    @Override
    public void close() {
        for (int i = 0; i < slabs.length; i++) {
            if (slabs[i] != null) {
                slabs[i].release();
                slabs[i] = null;
                views[i] = null;
            }
        }
        nextSlot = 0;
    }
}
