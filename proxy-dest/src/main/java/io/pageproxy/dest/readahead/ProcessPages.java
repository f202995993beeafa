package io.pageproxy.dest.readahead;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.BitSet;
import java.util.Map.Entry;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Pages of one process by page number (address divided by page size): those that the source is
 * known to have, those that were requested, and those that have arrived but not been passed to the
 * daemon. Not thread-safe; {@link #release} frees the pages that are held.
 */
final class ProcessPages {
    /** Maximum number of runs that are remembered; further ones are not read ahead. */
    static final int MAX_RUNS = 1 << 16;

    private static final ByteBuf REQUESTED = Unpooled.unreleasableBuffer(Unpooled.EMPTY_BUFFER);

    /** Consecutive pages that the source has, and which of them were requested. */
    private record Run(long first, int pages, BitSet requested) {
        boolean contains(long page) {
            return page - first < pages;
        }

        /** Number of consecutive pages from this one on that were not requested. */
        int unrequestedFrom(long page) {
            int offset = (int) (page - first);
            int next = requested.nextSetBit(offset);
            return (next < 0 ? pages : next) - offset;
        }
    }

    private final long dstId;
    private final NavigableMap<Long, Run> runs = new TreeMap<>();
    private final LongObjectMap<ByteBuf> pages = new LongObjectHashMap<>();

    /** All known pages below this one were requested. */
    private long lowest;

    ProcessPages(long dstId) {
        this.dstId = dstId;
    }

    long dstId() {
        return dstId;
    }

    /** Records that the source has these pages; pages that are known already keep their state. */
    void know(long first, long count) {
        long end = first + count;
        for (long page = first; page < end && runs.size() < MAX_RUNS; ) {
            Run before = runAt(page);
            if (before != null) {
                page = before.first + before.pages;
            } else {
                Long next = runs.higherKey(page);
                long runEnd = Math.min(next == null ? end : Math.min(next, end), page + (1 << 30));
                runs.put(page, new Run(page, (int) (runEnd - page), new BitSet()));
                lowest = Math.min(lowest, page);
                page = runEnd;
            }
        }
    }

    private Run runAt(long page) {
        Entry<Long, Run> entry = runs.floorEntry(page);
        return entry == null || !entry.getValue().contains(page) ? null : entry.getValue();
    }

    /** Number of consecutive pages from this one on that are known and not requested. */
    int unrequested(long page, int most) {
        Run run = runAt(page);
        return run == null ? 0 : Math.min(most, run.unrequestedFrom(page));
    }

    /** The lowest page that is known and not requested; -1 if there is none. */
    long lowestUnrequested() {
        Entry<Long, Run> entry = runs.floorEntry(lowest);
        for (Run run = entry == null ? null : entry.getValue(); ; ) {
            if (run != null) {
                int offset =
                        run.requested.nextClearBit(
                                (int) Math.max(0, Math.min(lowest - run.first, run.pages)));
                if (offset < run.pages) {
                    lowest = run.first + offset;
                    return lowest;
                }
            }
            Entry<Long, Run> next = runs.higherEntry(run == null ? lowest - 1 : run.first);
            if (next == null) {
                return -1;
            }
            run = next.getValue();
            lowest = run.first;
        }
    }

    /** Number of consecutive pages from this one on that are neither here nor requested. */
    int absent(long first, int most) {
        int count = 0;
        while (count < most && !pages.containsKey(first + count)) {
            count++;
        }
        return count;
    }

    /** Number of consecutive pages from this one on that are here. */
    int here(long first, int most) {
        int count = 0;
        while (count < most && isHere(pages.get(first + count))) {
            count++;
        }
        return count;
    }

    private static boolean isHere(ByteBuf page) {
        return page != null && page.isReadable();
    }

    /** Records that these pages were requested. */
    void requested(long first, int count) {
        for (int i = 0; i < count; i++) {
            pages.put(first + i, REQUESTED);
            mark(first + i, true);
        }
    }

    /** Records that the source has not sent these requested pages. */
    void notSent(long first, int count) {
        for (int i = 0; i < count; i++) {
            pages.remove(first + i);
            mark(first + i, false);
        }
        lowest = Math.min(lowest, first);
    }

    private void mark(long page, boolean requested) {
        Run run = runAt(page);
        if (run != null) {
            run.requested.set((int) (page - run.first), requested);
        }
    }

    /** Stores a page that has arrived and takes ownership of it. */
    void put(long page, ByteBuf content) {
        pages.put(page, content);
    }

    /** Removes a page that is here; the caller owns it. */
    ByteBuf take(long page) {
        return pages.remove(page);
    }

    void release() {
        pages.values().forEach(ByteBuf::release);
        pages.clear();
    }
}
