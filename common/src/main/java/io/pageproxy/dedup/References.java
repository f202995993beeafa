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
 *  | offset in plain | pages           | n >= 0:  pages n, n + 1, ...      |
 *  |                 |                 | -1:      pages of zeros           |
 *  |                 |                 | n <= -2: differences from pages   |
 *  |                 |                 |          -2 - n, -1 - n, ...      |
 *  +-----------------+-----------------+-----------------------------------+
 * </pre>
 *
 * A difference is in the block in the page's place: the page and the earlier one by exclusive or,
 * which is mostly zeros where little has changed.
 */
public final class References {
    /** The length of one. */
    public static final int ENTRY_BYTES = FrameLayout.REFERENCE_BYTES;

    /** Instead of a page's number: pages of zeros. */
    public static final long ZERO = -1;

    private static final long FIRST_DIFFERENCE = -2;

    private static final int PAGES_OFFSET = 4;
    private static final int WHAT_OFFSET = 8;

    private int count;
    private int[] offsets = new int[16];
    private int[] pages = new int[16];
    private long[] whats = new long[16];
    private int omittedPages;

    /** No references. */
    public void clear() {
        count = 0;
        omittedPages = 0;
    }

    /**
     * Adds one page; it may only extend the last reference.
     *
     * @param offset of the page in the plain block, more than any before
     * @param what a page's number, ZERO, or a {@link #difference}
     */
    void add(int offset, int pageSizeBytes, long what) {
        int last = count - 1;
        omittedPages += what >= ZERO ? 1 : 0;
        if (last >= 0
                && offsets[last] + pages[last] * pageSizeBytes == offset
                && continues(what, last)) {
            pages[last]++;
            return;
        }
        append(offset, 1, what);
    }

    private boolean continues(long what, int reference) {
        long first = whats[reference];
        if (what == ZERO || first == ZERO) {
            return what == first;
        }
        return isDifference(what) == isDifference(first)
                && indexOf(what) == indexOf(first) + pages[reference];
    }

    /** A page that differs little from the page of that number. */
    static long difference(long index) {
        return FIRST_DIFFERENCE - index;
    }

    static boolean isDifference(long what) {
        return what <= FIRST_DIFFERENCE;
    }

    private static long indexOf(long what) {
        return isDifference(what) ? FIRST_DIFFERENCE - what : what;
    }

    private void append(int offset, int ofPages, long what) {
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * count);
            pages = Arrays.copyOf(pages, 2 * count);
            whats = Arrays.copyOf(whats, 2 * count);
        }
        offsets[count] = offset;
        pages[count] = ofPages;
        whats[count] = what;
        count++;
    }

    /** How many there are. */
    public int count() {
        return count;
    }

    /** How many pages they stand for that are not in the block at all. */
    public int omittedPages() {
        return omittedPages;
    }

    /** Where its first page lies in the plain block. */
    public int offset(int reference) {
        return offsets[reference];
    }

    /** How many pages it stands for. */
    public int pages(int reference) {
        return pages[reference];
    }

    /** Whether it stands for pages of zeros. */
    public boolean isZero(int reference) {
        return whats[reference] == ZERO;
    }

    /** Whether it says that pages are in the block as differences from earlier ones. */
    public boolean isDifference(int reference) {
        return isDifference(whats[reference]);
    }

    /** The number of the first page that it repeats or differs from; not of pages of zeros. */
    public long firstIndex(int reference) {
        return indexOf(whats[reference]);
    }

    /** As they lie in a block. */
    public byte[] toBytes() {
        ByteBuffer out = ByteBuffer.allocate(count * ENTRY_BYTES);
        for (int i = 0; i < count; i++) {
            out.putInt(offsets[i]).putInt(pages[i]).putLong(whats[i]);
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
            long what = in.getLong(at + WHAT_OFFSET);
            long end = offset + ofPages * pageSizeBytes;
            if (offset < endOfLast || ofPages == 0 || end > plainBytes) {
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
            append((int) offset, (int) ofPages, what);
            omittedPages += what >= ZERO ? (int) ofPages : 0;
            endOfLast = end;
        }
        return null;
    }
}
