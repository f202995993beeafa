package io.pageproxy.dedup;

import io.netty.buffer.ByteBuf;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageStreamListener;
import java.util.Arrays;

/**
 * Where complete pages lie in the current block, by runs. Pages are numbered in the order of their
 * content, through the whole stream and through all streams of a chain. Not thread-safe; the runs
 * of a block are valid until the next block begins.
 *
 * <pre>
 *  block:  | record | page | page | page | record | page | pa
 *                   ^ offset(0), 3 pages          ^ offset(1), 1 page
 * </pre>
 */
public final class PageRuns implements PageStreamListener {
    private final int pageSizeBytes;
    private int count;
    private int totalPages;
    private int[] offsets = new int[16];
    private int[] pages = new int[16];
    private long[] firstIndexes = new long[16];
    private long[] firstVaddrs = new long[16];
    private long[] spaces = new long[16];

    private long streamPages;
    private long runFirstIndex;
    private long runVaddr;
    private long runSpace;
    private long runBytes;
    private int spanOffset;
    private int spanBytes;

    /**
     * No runs yet.
     *
     * @param firstIndex number of the first page; 0 unless the stream continues others
     */
    public PageRuns(int pageSizeBytes, long firstIndex) {
        this.pageSizeBytes = pageSizeBytes;
        this.streamPages = firstIndex;
    }

    @Override
    public void onRecord(PageRecord page) {
        endSpan(spanBytes);
        if (page.hasPayload()) {
            runFirstIndex = streamPages;
            runVaddr = page.vaddr();
            runSpace = page.dstId();
            runBytes = 0;
            streamPages += page.nrPages();
        }
    }

    @Override
    public void onPages(ByteBuf in, int index, int lengthBytes) {
        if (spanBytes == 0) {
            spanOffset = index;
        }
        spanBytes += lengthBytes;
        runBytes += lengthBytes;
    }

    /** How much of a page that has begun in this block lies at its end, incomplete. */
    public int partialBytes() {
        int partial = (int) (runBytes % pageSizeBytes);
        return partial <= spanBytes ? partial : 0;
    }

    /** Ends the block; the last {@code carriedBytes} of its pages belong to the next one. */
    public void endBlock(int carriedBytes) {
        endSpan(spanBytes - carriedBytes);
    }

    /**
     * Begins the next block.
     *
     * @param startOffset offset of its first byte
     * @param carriedBytes how much of a page that has begun lies there already
     */
    public void beginBlock(int startOffset, int carriedBytes) {
        count = 0;
        totalPages = 0;
        spanOffset = startOffset;
        spanBytes = carriedBytes;
    }

    private void endSpan(int lengthBytes) {
        long startBytes = runBytes - spanBytes;
        int toEdgeBytes = (int) (-startBytes & (pageSizeBytes - 1));
        int whole = Math.max(0, lengthBytes - toEdgeBytes) / pageSizeBytes;
        if (whole > 0) {
            long pagesBefore = (startBytes + toEdgeBytes) / pageSizeBytes;
            add(spanOffset + toEdgeBytes, whole, pagesBefore);
        }
        spanBytes = 0;
    }

    private void add(int offset, int whole, long pagesBefore) {
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * count);
            pages = Arrays.copyOf(pages, 2 * count);
            firstIndexes = Arrays.copyOf(firstIndexes, 2 * count);
            firstVaddrs = Arrays.copyOf(firstVaddrs, 2 * count);
            spaces = Arrays.copyOf(spaces, 2 * count);
        }
        offsets[count] = offset;
        pages[count] = whole;
        firstIndexes[count] = runFirstIndex + pagesBefore;
        firstVaddrs[count] = runVaddr + pagesBefore * pageSizeBytes;
        spaces[count] = runSpace;
        count++;
        totalPages += whole;
    }

    /** How many runs there are. */
    public int count() {
        return count;
    }

    /** How many complete pages all runs have in this block. */
    public int totalPages() {
        return totalPages;
    }

    /** Where the first complete page of a run lies in the block's buffer. */
    public int offset(int run) {
        return offsets[run];
    }

    /** How many complete pages a run has in this block. */
    public int pages(int run) {
        return pages[run];
    }

    /** The number of the first complete page in the stream. */
    public long firstIndex(int run) {
        return firstIndexes[run];
    }

    /** The address space of the pages: the same number in each stream of a chain. */
    public long space(int run) {
        return spaces[run];
    }

    /** The address of the first complete page. */
    public long firstVaddr(int run) {
        return firstVaddrs[run];
    }
}
