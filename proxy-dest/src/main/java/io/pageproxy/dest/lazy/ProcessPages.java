package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.BitSet;
import java.util.Map.Entry;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * One process's pages, by their numbers (address over page size): which the source is known to
 * have, which it was asked for, and those that have come and that the daemon has not been given.
 * Not thread-safe; {@link #release} frees what is held.
 */
final class ProcessPages {
    /** So many runs are remembered; of further ones nothing is read ahead. */
    static final int MAX_RUNS = 1 << 16;

    private static final ByteBuf COMING = Unpooled.unreleasableBuffer(Unpooled.EMPTY_BUFFER);

    /** Pages in a row that the source has, and which of them were asked for. */
    private record Run(long first, int pages, BitSet asked) {
        boolean holds(long page) {
            return page - first < pages;
        }

        /** How many pages from that one on nobody has asked for. */
        int unaskedFrom(long page) {
            int offset = (int) (page - first);
            int next = asked.nextSetBit(offset);
            return (next < 0 ? pages : next) - offset;
        }
    }

    private final long dstId;
    private final NavigableMap<Long, Run> runs = new TreeMap<>();
    private final LongObjectMap<ByteBuf> pages = new LongObjectHashMap<>();

    /** Below it all that is known was asked for. */
    private long lowest;

    ProcessPages(long dstId) {
        this.dstId = dstId;
    }

    long dstId() {
        return dstId;
    }

    /** The source has those pages; what of them was known before stays as it is. */
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
        return entry == null || !entry.getValue().holds(page) ? null : entry.getValue();
    }

    /** How many pages from that one on are known and unasked for; at most so many. */
    int unasked(long page, int most) {
        Run run = runAt(page);
        return run == null ? 0 : Math.min(most, run.unaskedFrom(page));
    }

    /** The lowest page that is known and unasked for; -1 where there is none. */
    long lowestUnasked() {
        Entry<Long, Run> entry = runs.floorEntry(lowest);
        for (Run run = entry == null ? null : entry.getValue(); ; ) {
            if (run != null) {
                int offset =
                        run.asked.nextClearBit(
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

    /** How many of so many pages from that one on are neither here nor coming. */
    int absent(long first, int most) {
        int count = 0;
        while (count < most && !pages.containsKey(first + count)) {
            count++;
        }
        return count;
    }

    /** How many of so many pages from that one on are here. */
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

    /** Those were asked for. */
    void coming(long first, int count) {
        for (int i = 0; i < count; i++) {
            pages.put(first + i, COMING);
            mark(first + i, true);
        }
    }

    /** Those do not come after all. */
    void notComing(long first, int count) {
        for (int i = 0; i < count; i++) {
            pages.remove(first + i);
            mark(first + i, false);
        }
        lowest = Math.min(lowest, first);
    }

    private void mark(long page, boolean asked) {
        Run run = runAt(page);
        if (run != null) {
            run.asked.set((int) (page - run.first), asked);
        }
    }

    /** That one has come; ownership passes. */
    void put(long page, ByteBuf content) {
        pages.put(page, content);
    }

    /** Takes one that is here; ownership passes. */
    ByteBuf take(long page) {
        return pages.remove(page);
    }

    void release() {
        pages.values().forEach(ByteBuf::release);
        pages.clear();
    }
}
