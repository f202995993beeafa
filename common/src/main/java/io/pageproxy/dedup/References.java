package io.pageproxy.dedup;

import io.netty.buffer.ByteBuf;
import io.pageproxy.frame.FrameLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The pages that are missing in a block, and what replaces them. All numbers are big-endian. In a
 * block the references lie behind the content, ordered by offset and without overlap.
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
 * A difference lies in the block in place of the page: the page XOR the earlier one, which is
 * mostly zeros if little has changed.
 */
public final class References {
    /** The length of one reference. */
    public static final int ENTRY_BYTES = FrameLayout.REFERENCE_BYTES;

    /** In place of a page's number: zero pages. */
    public static final long ZERO = -1;

    private static final long FIRST_DIFFERENCE = -2;

    private static final int PAGES_OFFSET = 4;
    private static final int WHAT_OFFSET = 8;

    private int count;
    private int[] offsets = new int[16];
    private int[] pages = new int[16];
    private long[] whats = new long[16];
    private int omittedPages;

    /** Removes all references. */
    public void clear() {
        count = 0;
        omittedPages = 0;
    }

    /**
     * Adds one page, which extends the last reference if possible.
     *
     * @param offset offset of the page in the plain block, greater than any before
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

    /** Denotes a page that differs little from the page of that number. */
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

    /** The number of references. */
    public int count() {
        return count;
    }

    /** How many pages are not in the block at all, not even as a difference. */
    public int omittedPages() {
        return omittedPages;
    }

    /** The offset of a reference's first page in the plain block. */
    public int offset(int reference) {
        return offsets[reference];
    }

    /** How many pages a reference replaces. */
    public int pages(int reference) {
        return pages[reference];
    }

    /** Whether a reference denotes zero pages. */
    public boolean isZero(int reference) {
        return whats[reference] == ZERO;
    }

    /** Whether a reference denotes differences from earlier pages. */
    public boolean isDifference(int reference) {
        return isDifference(whats[reference]);
    }

    /**
     * The number of the first page that a reference repeats or differs from; not for zero pages.
     */
    public long firstIndex(int reference) {
        return indexOf(whats[reference]);
    }

    /** The references as they lie in a block. */
    public byte[] toBytes() {
        ByteBuffer out = ByteBuffer.allocate(count * ENTRY_BYTES);
        for (int i = 0; i < count; i++) {
            out.putInt(offsets[i]).putInt(pages[i]).putLong(whats[i]);
        }
        return out.array();
    }

    /**
     * Reads the references that a peer has written, and checks them against the block.
     *
     * @param in holds all of them, from {@code index}
     * @param plainBytes the length of the plain block
     * @return what is wrong with them; null if nothing is
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
