package io.pageproxy.dedup;

import static io.pageproxy.dedup.References.ZERO;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Takes out of a block what need not be sent: pages of zeros, and pages whose content was sent
 * before. What is left are the literals.
 *
 * <p>Every page is looked at for zeros. Looked up by content is either every page, or one in
 * {@value #SAMPLE}, chosen by address so that processes forked of each other meet; around a hit its
 * neighbours are compared directly, so that a long run of equal pages is found by any of them.
 *
 * <p>Not thread-safe: one session, one thread. {@link #close} lets the kept pages go.
 */
public final class PageDeduplicator implements AutoCloseable {
    private static final int SAMPLE = 8;
    private static final long LITERAL = -2;

    private static final double SHARE_WEIGHT = 0.05;
    private static final double LEAST_KNOWN_SHARE = 0.02;

    private final int pageSizeBytes;
    private final long leastDistancePages;
    private final SentPages sent;
    private final ByteBuffer zeroPage;
    private final References references = new References();

    private double knownShare;
    private long[] sources = new long[256];
    private long[] slots = new long[256];
    private long[] hashes = new long[256];

    /**
     * A deduplicator for one session.
     *
     * @param budgetBytes how much of what was sent is remembered; 0: only zeros are taken out
     * @param leastDistanceBytes how far back in the stream a page must be to be referred to
     */
    public PageDeduplicator(int pageSizeBytes, long budgetBytes, long leastDistanceBytes) {
        this.pageSizeBytes = pageSizeBytes;
        this.leastDistancePages = leastDistanceBytes / pageSizeBytes;
        this.sent = budgetBytes > 0 ? new SentPages(pageSizeBytes, budgetBytes) : null;
        this.zeroPage = ByteBuffer.allocateDirect(pageSizeBytes);
    }

    /** What the last block left out. */
    public References references() {
        return references;
    }

    /**
     * Takes a block apart.
     *
     * @param block readable from its first byte on; ownership passes
     * @param runs where its pages lie
     * @param thorough whether every page is looked up, or a sample of them
     * @param headRoom how many bytes shall be free in front of the result's content
     * @return the literals, in a buffer that must not be changed any more in what it holds; the
     *     caller owns it
     */
    public ByteBuf literals(
            ByteBuf block, PageRuns runs, boolean thorough, int headRoom, ByteBufAllocator alloc) {
        references.clear();
        ByteBuffer plain = block.nioBuffer(0, block.writerIndex());
        makeRoom(runs.totalPages());
        int first = 0;
        for (int run = 0; run < runs.count(); run++) {
            classify(plain, runs, run, first, thorough);
            first += runs.pages(run);
        }
        collect(runs, block.readerIndex());
        boolean keepAll = thorough || isWorthwhile(runs.totalPages());
        boolean whole =
                references.count() == 0 && (!keepAll || sent == null || fillsItsBuffer(block));
        ByteBuf literals = whole ? block : compact(block, headRoom, alloc);
        if (sent != null && keepAll) {
            keep(literals, runs, literals.readerIndex(), block);
        } else if (sent != null) {
            keepSample(plain, runs, alloc);
        }
        if (!whole) {
            block.release();
        }
        return literals;
    }

    /** What is kept counts with its whole buffer, so a buffer that is mostly empty is not. */
    private static boolean fillsItsBuffer(ByteBuf block) {
        return block.readableBytes() >= block.capacity() - block.capacity() / 4;
    }

    /**
     * Whether of late enough pages were known ones to keep all, where the link asks for nothing.
     */
    private boolean isWorthwhile(int pages) {
        int known = 0;
        for (int page = 0; page < pages; page++) {
            known += sources[page] >= 0 ? 1 : 0;
        }
        if (pages > 0) {
            knownShare += SHARE_WEIGHT * ((double) known / pages - knownShare);
        }
        return knownShare > LEAST_KNOWN_SHARE;
    }

    private void makeRoom(int pages) {
        if (pages > sources.length) {
            sources = Arrays.copyOf(sources, 2 * pages);
            slots = Arrays.copyOf(slots, 2 * pages);
            hashes = Arrays.copyOf(hashes, 2 * pages);
        }
    }

    /** Decides of each page of a run: zero, known, or literal. */
    private void classify(ByteBuffer plain, PageRuns runs, int run, int first, boolean thorough) {
        long address = runs.firstVaddr(run) / pageSizeBytes;
        long candidate = -1;
        for (int i = 0; i < runs.pages(run); i++) {
            int page = first + i;
            int offset = runs.offset(run) + i * pageSizeBytes;
            sources[page] = LITERAL;
            hashes[page] = 0;
            if (isZero(plain, offset)) {
                sources[page] = ZERO;
                candidate = -1;
                continue;
            }
            if (sent == null) {
                continue;
            }
            long index = runs.firstIndex(run) + i;
            if (candidate >= 0 && take(page, candidate, plain, offset, index)) {
                candidate++;
                continue;
            }
            candidate = -1;
            if (thorough || (address + i) % SAMPLE == 0) {
                hashes[page] = sent.hash(plain, offset);
                long slot = sent.find(plain, offset, hashes[page]);
                if (slot >= 0 && isFarEnough(slot, index)) {
                    refer(page, slot);
                    candidate = slot + 1;
                    takeBackwards(page, i, plain, offset, index);
                }
            }
        }
    }

    private boolean isZero(ByteBuffer plain, int offset) {
        boolean beginsSo = plain.getLong(offset) == 0;
        return beginsSo && plain.slice(offset, pageSizeBytes).mismatch(zeroPage) < 0;
    }

    private boolean take(int page, long slot, ByteBuffer plain, int offset, long index) {
        if (!sent.equal(slot, plain, offset) || !isFarEnough(slot, index)) {
            return false;
        }
        refer(page, slot);
        return true;
    }

    private boolean isFarEnough(long slot, long index) {
        return index - sent.indexOf(slot) >= leastDistancePages;
    }

    private void refer(int page, long slot) {
        sources[page] = sent.indexOf(slot);
        slots[page] = slot;
    }

    private void takeBackwards(int page, int inRun, ByteBuffer plain, int offset, long index) {
        for (int back = 1; back <= inRun && sources[page - back] == LITERAL; back++) {
            if (!take(
                    page - back,
                    slots[page] - back,
                    plain,
                    offset - back * pageSizeBytes,
                    index - back)) {
                return;
            }
        }
    }

    private void collect(PageRuns runs, int startOffset) {
        int page = 0;
        for (int run = 0; run < runs.count(); run++) {
            for (int i = 0; i < runs.pages(run); i++, page++) {
                if (sources[page] != LITERAL) {
                    int offset = runs.offset(run) - startOffset + i * pageSizeBytes;
                    references.add(offset, pageSizeBytes, sources[page]);
                }
            }
        }
    }

    private ByteBuf compact(ByteBuf block, int headRoom, ByteBufAllocator alloc) {
        int literalBytes = block.readableBytes() - references.totalPages() * pageSizeBytes;
        int room = headRoom + literalBytes + references.count() * References.ENTRY_BYTES;
        ByteBuf out = alloc.directBuffer(room, room).setIndex(headRoom, headRoom);
        int start = block.readerIndex();
        int from = 0;
        for (int i = 0; i < references.count(); i++) {
            out.writeBytes(block, start + from, references.offset(i) - from);
            from = references.offset(i) + references.pages(i) * pageSizeBytes;
        }
        return out.writeBytes(block, start + from, block.readableBytes() - from);
    }

    /** Remembers the literal pages, whose places moved up by what was taken out before them. */
    private void keep(ByteBuf literals, PageRuns runs, int literalsStart, ByteBuf block) {
        int kept = runs.totalPages() - references.totalPages();
        if (kept == 0) {
            return;
        }
        ByteBuffer content = sent.keep(literals, kept);
        int shift = literalsStart - block.readerIndex();
        int page = 0;
        for (int run = 0; run < runs.count(); run++) {
            for (int i = 0; i < runs.pages(run); i++, page++) {
                if (sources[page] == LITERAL) {
                    int offset = runs.offset(run) + i * pageSizeBytes + shift;
                    sent.add(content, offset, runs.firstIndex(run) + i, hashes[page]);
                } else {
                    shift -= pageSizeBytes;
                }
            }
        }
    }

    /**
     * Where nothing repeats, to keep every block would only drive others out of the processor's
     * caches: copies of the pages that were looked up tell when that changes.
     */
    private void keepSample(ByteBuffer plain, PageRuns runs, ByteBufAllocator alloc) {
        int looked = 0;
        for (int page = 0; page < runs.totalPages(); page++) {
            looked += sources[page] == LITERAL && hashes[page] != 0 ? 1 : 0;
        }
        if (looked == 0) {
            return;
        }
        ByteBuf copies = alloc.directBuffer(looked * pageSizeBytes, looked * pageSizeBytes);
        ByteBuffer content = sent.keep(copies, looked);
        int page = 0;
        for (int run = 0; run < runs.count(); run++) {
            for (int i = 0; i < runs.pages(run); i++, page++) {
                if (sources[page] == LITERAL && hashes[page] != 0) {
                    int at = copies.writerIndex();
                    copies.writeBytes(
                            plain.slice(runs.offset(run) + i * pageSizeBytes, pageSizeBytes));
                    sent.add(content, at, runs.firstIndex(run) + i, hashes[page]);
                }
            }
        }
        copies.release();
    }

    @Override
    public void close() {
        if (sent != null) {
            sent.close();
        }
    }
}
