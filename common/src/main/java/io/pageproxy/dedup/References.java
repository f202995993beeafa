package io.pageproxy.dedup;

import io.netty.buffer.ByteBuf;
import io.pageproxy.frame.FrameLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Which pages of a block are not in it, and what they are. All numbers are big-endian; in a block
 * they lie behind the content, ordered by offset and without overlap.
 *
 * <pre>
 *   0                 4                 8                                  16
 *  +-----------------+-----------------+-----------------------------------+
 *  | offset in plain | pages           | first page's number, or -1: zero  |
 *  +-----------------+-----------------+-----------------------------------+
 * </pre>
 */
public final class References {
    /** The length of one. */
    public static final int ENTRY_BYTES = FrameLayout.REFERENCE_BYTES;

    /** Instead of a page's number: pages of zeros. */
    public static final long ZERO = -1;

    private static final int PAGES_OFFSET = 4;
    private static final int INDEX_OFFSET = 8;

    private int count;
    private int[] offsets = new int[16];
    private int[] pages = new int[16];
    private long[] firstIndexes = new long[16];
    private int totalPages;

    /** No references. */
    public void clear() {
        count = 0;
        totalPages = 0;
    }

    /**
     * Adds one page; it may only extend the last reference.
     *
     * @param offset of the page in the plain block, more than any before
     */
    void add(int offset, int pageSizeBytes, long index) {
        int last = count - 1;
        totalPages++;
        if (last >= 0
                && offsets[last] + pages[last] * pageSizeBytes == offset
                && (index == ZERO
                        ? firstIndexes[last] == ZERO
                        : firstIndexes[last] != ZERO
                                && firstIndexes[last] + pages[last] == index)) {
            pages[last]++;
            return;
        }
        append(offset, 1, index);
    }

    private void append(int offset, int ofPages, long index) {
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * count);
            pages = Arrays.copyOf(pages, 2 * count);
            firstIndexes = Arrays.copyOf(firstIndexes, 2 * count);
        }
        offsets[count] = offset;
        pages[count] = ofPages;
        firstIndexes[count] = index;
        count++;
    }

    /** How many there are. */
    public int count() {
        return count;
    }

    /** How many pages they stand for. */
    public int totalPages() {
        return totalPages;
    }

    /** Where its first page lies in the plain block. */
    public int offset(int reference) {
        return offsets[reference];
    }

    /** How many pages it stands for. */
    public int pages(int reference) {
        return pages[reference];
    }

    /** The number in the stream of the first page that it repeats, or {@link #ZERO}. */
    public long firstIndex(int reference) {
        return firstIndexes[reference];
    }

    /** As they lie in a block. */
    public byte[] toBytes() {
        ByteBuffer out = ByteBuffer.allocate(count * ENTRY_BYTES);
        for (int i = 0; i < count; i++) {
            out.putInt(offsets[i]).putInt(pages[i]).putLong(firstIndexes[i]);
        }
        return out.array();
    }

    /**
     * Reads what a peer has written and holds it against the block.
     *
     * @param in from that index on they lie there, whole
     * @param plainBytes the plain block's length
     * @return what is wrong with them; null where nothing is
     */
    public String read(ByteBuf in, int index, int howMany, int plainBytes, int pageSizeBytes) {
        clear();
        long endOfLast = 0;
        for (int i = 0; i < howMany; i++) {
            int at = index + i * ENTRY_BYTES;
            long offset = in.getUnsignedInt(at);
            long ofPages = in.getUnsignedInt(at + PAGES_OFFSET);
            long first = in.getLong(at + INDEX_OFFSET);
            long end = offset + ofPages * pageSizeBytes;
            if (offset < endOfLast || ofPages == 0 || end > plainBytes || first < ZERO) {
                return "reference "
                        + i
                        + " of "
                        + ofPages
                        + " pages at "
                        + offset
                        + " does not fit into "
                        + plainBytes
                        + " bytes";
            }
            append((int) offset, (int) ofPages, first);
            totalPages += (int) ofPages;
            endOfLast = end;
        }
        return null;
    }
}
