package io.pageproxy.dest.lazy;

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
 * Answers the lazy-pages daemon, and asks the source for pages before the daemon does, so that a
 * fault finds them here and does not wait for the wire.
 *
 * <pre>
 *   daemon --GET--> here already? --yes--> the answer
 *                        | no
 *                        +--> GET of those pages, at once; then what lies behind them
 *   whenever there is room: GET of the lowest pages that nobody has asked for, the order in which
 *   the daemon fetches what no task touches
 * </pre>
 *
 * <p>The source is asked only for pages that it is known to have, from the images or because the
 * daemon asked for them: CRIU fails on others. The daemon is sent nothing that it did not ask for;
 * its requests are answered in their order, with the pages that are here, which may be fewer than
 * it asked for: it asks for the rest again. Not thread-safe; {@link #close} frees what is held.
 */
final class ReadAhead implements LazyReplyListener, AutoCloseable {
    /** So many pages are asked for at a time: what a daemon asks for that is left in peace. */
    static final int CHUNK_PAGES = 16;

    /** Where nothing is read ahead; CRIU's own daemon asks for no more. */
    private static final int MOST_PAGES_A_REQUEST = 1 << 10;

    private static final int LEAST_WINDOW_PAGES = 4 * CHUNK_PAGES;
    private static final int MOST_WINDOW_PAGES = 128 * CHUNK_PAGES;

    /** A request of the source, when it was made. */
    private record Asked(ProcessPages process, long firstPage, int pages, long nanos) {}

    private final RecordLayout layout;
    private final int pageSizeBytes;
    private final int maxPages;
    private final int chunkPages;
    private final ByteBufAllocator alloc;
    private final Consumer<PageRequest> source;
    private final Consumer<ByteBuf> daemon;
    private final LongSupplier clock;
    private final ReadAheadWindow window;
    private final Map<Long, ProcessPages> processes = new LinkedHashMap<>();
    private final Queue<PageRequest> waiting = new ArrayDeque<>();
    private final Queue<Asked> underWay = new ArrayDeque<>();
    private int pagesUnderWay;
    private int pagesHere;
    private long requests;
    private long foundHere;

    private ProcessPages filled;
    private long nextPage;
    private ByteBuf partial;

    /**
     * One for a daemon.
     *
     * @param maxPages so many may be here or under way that the daemon has not asked for; 0: none
     * @param source is asked for pages; answers in that order
     * @param daemon is sent answers; ownership passes
     * @param clock nanoseconds, as {@link System#nanoTime}
     */
    ReadAhead(
            RecordLayout layout,
            int pageSizeBytes,
            int maxPages,
            ByteBufAllocator alloc,
            Consumer<PageRequest> source,
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

    /** The source has those pages, and will be asked for them. */
    void know(long dstId, long vaddr, long nrPages) {
        process(dstId).know(vaddr / pageSizeBytes, nrPages);
    }

    private ProcessPages process(long dstId) {
        return processes.computeIfAbsent(dstId, ProcessPages::new);
    }

    /**
     * The daemon asks for that.
     *
     * @throws PageStreamException where too much is unanswered
     */
    void asked(PageRequest request) {
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

    /** Asks for what of those pages is absent, and for what lies behind them. */
    private void demand(ProcessPages process, long first, int most) {
        int absent = process.absent(first, most);
        if (absent > 0) {
            ask(process, first, absent);
        }
        long behind = first + most;
        int further = process.unasked(behind, Math.min(chunkPages - most, room()));
        if (further > 0) {
            ask(process, behind, further);
        }
    }

    private void ask(ProcessPages process, long first, int pages) {
        process.coming(first, pages);
        pagesUnderWay += pages;
        underWay.add(new Asked(process, first, pages, clock.getAsLong()));
        source.accept(new PageRequest(pages, first * pageSizeBytes, process.dstId()));
    }

    private int room() {
        return Math.max(0, maxPages - pagesHere - pagesUnderWay);
    }

    @Override
    public void onReply(PageRequest request, int nrPages) {
        Asked asked = underWay.remove();
        window.answered(asked.pages, clock.getAsLong() - asked.nanos);
        pagesUnderWay -= asked.pages - nrPages;
        asked.process.notComing(asked.firstPage + nrPages, asked.pages - nrPages);
        filled = asked.process;
        nextPage = asked.firstPage;
    }

    /** A page has a buffer of its own: a block is not held for the one page that is left of it. */
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

    /** Answers what can be answered and asks for what there is room for; after each change. */
    void settle() {
        while (!waiting.isEmpty() && answer(waiting.peek())) {
            waiting.remove();
        }
        for (ProcessPages process : processes.values()) {
            while (pagesUnderWay < window.pages() && room() >= CHUNK_PAGES) {
                long first = process.lowestUnasked();
                if (first < 0) {
                    break;
                }
                ask(process, first, process.unasked(first, CHUNK_PAGES));
            }
        }
    }

    private boolean answer(PageRequest request) {
        ProcessPages process = process(request.dstId());
        long first = request.vaddr() / pageSizeBytes;
        int pages = process.here(first, (int) request.nrPages());
        if (pages == 0) {
            if (process.absent(first, 1) == 1) {
                demand(process, first, chunkOf(request)); // The source has sent fewer than asked.
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

    /** Whether the daemon waits for nothing. */
    boolean isIdle() {
        return waiting.isEmpty();
    }

    /** How often the daemon asked. */
    long requests() {
        return requests;
    }

    /** How often what it asked for was here. */
    long foundHere() {
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
