package io.pageproxy.dest.readahead;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.pageproxy.pagestream.LazyReplies;
import io.pageproxy.pagestream.LazyReplyListener;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.PageStreamException;
import io.pageproxy.pagestream.RecordLayout;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Answers the lazy-pages daemon, and requests pages from the source before the daemon does, so that
 * a page fault finds them here and does not wait for the network.
 *
 * <pre>
 *   daemon --GET--> page is here? --yes--> answer
 *                        | no
 *                        +--> GET of these pages at once, then GET of the pages after them
 *   whenever there is room: GET of the lowest pages that were not requested, which is the order in
 *   which the daemon fetches pages that no task touches
 * </pre>
 *
 * <p>Only pages that the source is known to have are requested, either from the images or because
 * the daemon requested them: CRIU fails on others. The daemon receives only what it requested; its
 * requests are answered in order with the pages that are here. These may be fewer than it
 * requested: it then requests the rest again. Not thread-safe; {@link #close} frees the pages that
 * are held.
 */
public final class ReadAhead implements LazyReplyListener, AutoCloseable {
    /**
     * Pages of one request; also the size of a daemon's requests for pages that no task touches.
     */
    static final int CHUNK_PAGES = 16;

    /** Pages of one request if nothing is read ahead; CRIU's daemon never requests more. */
    private static final int MOST_PAGES_A_REQUEST = 1 << 10;

    private static final int LEAST_WINDOW_PAGES = 4 * CHUNK_PAGES;
    private static final int MOST_WINDOW_PAGES = 128 * CHUNK_PAGES;

    /** Maximum number of pages that are read ahead, whatever the configured limit. */
    private static final long MOST_PAGES = 1 << 28;

    /** A request to the source and its time. */
    private record Requested(
            PageRequest request, ProcessPages process, long firstPage, int pages, long nanos) {}

    /** Requests pages from the source. */
    @FunctionalInterface
    public interface Source {
        /**
         * Requests these pages.
         *
         * @param demanded whether the daemon waits for them; the source may answer such requests
         *     before others, but each kind in order
         */
        void request(PageRequest request, boolean demanded);
    }

    private final RecordLayout layout;
    private final int pageSizeBytes;
    private final int maxPages;
    private final int chunkPages;
    private final ByteBufAllocator alloc;
    private final Source source;
    private final Consumer<ByteBuf> daemon;
    private final LongSupplier clock;
    private final ReadAheadWindow window;
    private final Map<Long, ProcessPages> processes = new LinkedHashMap<>();
    private final Queue<PageRequest> waiting = new ArrayDeque<>();
    private final Queue<Requested> underWay = new ArrayDeque<>();
    private final Queue<Requested> demandedUnderWay = new ArrayDeque<>();
    private int pagesUnderWay;
    private int pagesHere;
    private long requests;
    private long foundHere;

    private ProcessPages filled;
    private long nextPage;
    private ByteBuf partial;

    /**
     * Serves one daemon.
     *
     * @param maxPages maximum number of pages that are here or requested and that the daemon has
     *     not requested; 0: none are read ahead
     * @param source receives requests; its answers come in the same order for each kind
     * @param daemon receives answers and owns them
     * @param clock nanoseconds, like {@link System#nanoTime}
     */
    public ReadAhead(
            RecordLayout layout,
            int pageSizeBytes,
            int maxPages,
            ByteBufAllocator alloc,
            Source source,
            Consumer<ByteBuf> daemon,
            LongSupplier clock) {
        this.layout = layout;
        this.pageSizeBytes = pageSizeBytes;
        this.maxPages = maxPages;
        this.chunkPages = maxPages == 0 ? MOST_PAGES_A_REQUEST : CHUNK_PAGES;
        this.alloc = alloc;
        this.source = source;
        this.daemon = daemon;
        this.clock = clock;
        this.window = new ReadAheadWindow(LEAST_WINDOW_PAGES, MOST_WINDOW_PAGES);
    }

    /** Number of pages that fit into a limit. */
    public static int pagesIn(long bytes, int pageSizeBytes) {
        return (int) Math.min(bytes / pageSizeBytes, MOST_PAGES);
    }

    /** Records that the source has these pages, so that they are read ahead. */
    public void know(long dstId, long vaddr, long nrPages) {
        process(dstId).know(vaddr / pageSizeBytes, nrPages);
    }

    private ProcessPages process(long dstId) {
        return processes.computeIfAbsent(dstId, ProcessPages::new);
    }

    /**
     * The daemon requests pages.
     *
     * @throws PageStreamException if too many requests are unanswered
     */
    public void onRequest(PageRequest request) {
        LazyReplies.requireRoom(waiting.size());
        ProcessPages process = process(request.dstId());
        long first = request.vaddr() / pageSizeBytes;
        process.know(first, request.nrPages());
        requests++;
        if (process.here(first, 1) == 1) {
            foundHere++;
        } else {
            demand(process, first, chunkOf(request));
        }
        waiting.add(request);
        settle();
    }

    private int chunkOf(PageRequest request) {
        return (int) Math.min(request.nrPages(), chunkPages);
    }

    /** Requests those of these pages that are absent, and pages after them. */
    private void demand(ProcessPages process, long first, int most) {
        int absent = process.absent(first, most);
        if (absent > 0) {
            request(process, first, absent, true);
        }
        long next = first + most;
        int further = process.unrequested(next, Math.min(chunkPages - most, room()));
        if (further > 0) {
            request(process, next, further, false);
        }
    }

    private void request(ProcessPages process, long first, int pages, boolean demanded) {
        process.requested(first, pages);
        pagesUnderWay += pages;
        PageRequest request = new PageRequest(pages, first * pageSizeBytes, process.dstId());
        (demanded ? demandedUnderWay : underWay)
                .add(new Requested(request, process, first, pages, clock.getAsLong()));
        source.request(request, demanded);
    }

    private int room() {
        return Math.max(0, maxPages - pagesHere - pagesUnderWay);
    }

    @Override
    public void onReply(PageRequest request, int nrPages) {
        Requested first = demandedUnderWay.peek();
        boolean demanded = first != null && first.request.equals(request);
        Requested answered = (demanded ? demandedUnderWay : underWay).remove();
        window.answered(answered.pages, clock.getAsLong() - answered.nanos);
        pagesUnderWay -= answered.pages - nrPages;
        answered.process.notSent(answered.firstPage + nrPages, answered.pages - nrPages);
        filled = answered.process;
        nextPage = answered.firstPage;
    }

    /**
     * Copies each page to its own buffer, so that the last page left of a block does not hold all.
     */
    @Override
    public void onPages(ByteBuf piece) {
        while (piece.isReadable()) {
            if (partial == null) {
                partial = alloc.directBuffer(pageSizeBytes, pageSizeBytes);
            }
            partial.writeBytes(piece, Math.min(piece.readableBytes(), partial.writableBytes()));
            if (!partial.isWritable()) {
                filled.put(nextPage, partial);
                partial = null;
                pagesUnderWay--;
                pagesHere++;
                nextPage++;
            }
        }
    }

    /**
     * Answers the requests whose pages are here, and requests what there is room for. To be called
     * after each change.
     */
    public void settle() {
        while (!waiting.isEmpty() && answer(waiting.peek())) {
            waiting.remove();
        }
        for (ProcessPages process : processes.values()) {
            while (pagesUnderWay < window.pages() && room() >= CHUNK_PAGES) {
                long first = process.lowestUnrequested();
                if (first < 0) {
                    break;
                }
                request(process, first, process.unrequested(first, CHUNK_PAGES), false);
            }
        }
    }

    private boolean answer(PageRequest request) {
        ProcessPages process = process(request.dstId());
        long first = request.vaddr() / pageSizeBytes;
        int pages = process.here(first, (int) request.nrPages());
        if (pages == 0) {
            if (process.absent(first, 1) == 1) {
                demand(process, first, chunkOf(request)); // The source sent fewer than requested.
            }
            return false;
        }
        CompositeByteBuf answer = alloc.compositeDirectBuffer(pages + 1);
        answer.addComponent(true, recordOf(request, pages));
        for (int i = 0; i < pages; i++) {
            answer.addComponent(true, process.take(first + i));
        }
        pagesHere -= pages;
        daemon.accept(answer);
        return true;
    }

    private ByteBuf recordOf(PageRequest request, int pages) {
        ByteBuf record = alloc.directBuffer(RecordLayout.MAX_BYTES);
        layout.write(
                new PageRecord(
                        PageCommand.ADD_F,
                        PageFlags.PRESENT,
                        pages,
                        request.vaddr(),
                        request.dstId()),
                record);
        return record;
    }

    /** Whether all requests of the daemon are answered. */
    public boolean isIdle() {
        return waiting.isEmpty();
    }

    /** Number of requests of the daemon. */
    public long requests() {
        return requests;
    }

    /** Number of requests whose first page was here when they came. */
    public long foundHere() {
        return foundHere;
    }

    @Override
    public void close() {
        processes.values().forEach(ProcessPages::release);
        processes.clear();
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }
}
