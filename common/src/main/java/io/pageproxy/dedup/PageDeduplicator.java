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
 * <p>Every page is looked at for zeros. By content it looks up every page as long as that pays, and
 * else one in {@value #SAMPLE}, chosen by address so that processes forked of each other meet, to
 * notice when it would pay. Around a hit the neighbours are compared directly, without a hash.
 *
 * <p>Not thread-safe: one session, one thread. {@link #close} lets the kept pages go.
 */
public final class PageDeduplicator implements AutoCloseable {
    private static final int SAMPLE = 8;
    private static final long LITERAL = -2;

    /** Of the pages looked up so many must be known ones where the link is dear. */
    private static final double LEAST_SHARE_DEAR = 0.02;

    /** The same where the link is not: then what pays is that nothing need be encrypted. */
    private static final double LEAST_SHARE = 0.25;

    private final int pageSizeBytes;
    private final long leastDistancePages;
    private final SentPages sent;
    private final ByteBuffer zeroPage;
    private final References references = new References();

    /** Of the pages looked up, the known ones: a moving average over as many as are kept. */
    private double knownShare = LEAST_SHARE * 0.8;

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
     * @param linkIsDear whether a byte less on the wire is worth some work
     * @param headRoom how many bytes shall be free in front of the result's content
     * @return the literals; the caller owns them
     */
    public ByteBuf literals(
            ByteBuf block,
            PageRuns runs,
            boolean linkIsDear,
            int headRoom,
            ByteBufAllocator alloc) {
        references.clear();
        ByteBuffer plain = block.nioBuffer(0, block.writerIndex());
        makeRoom(runs.totalPages());
        boolean all = knownShare > (linkIsDear ? LEAST_SHARE_DEAR : LEAST_SHARE);
        int first = 0;
        for (int run = 0; run < runs.count(); run++) {
            classify(plain, runs, run, first, all);
            first += runs.pages(run);
        }
        collect(runs, block.readerIndex());
        if (sent != null) {
            remember(plain, runs, all);
        }
        if (references.count() == 0) {
            return block;
        }
        ByteBuf literals = compact(block, headRoom, alloc);
        block.release();
        return literals;
    }

    private void makeRoom(int pages) {
        if (pages > sources.length) {
            sources = Arrays.copyOf(sources, 2 * pages);
            slots = Arrays.copyOf(slots, 2 * pages);
            hashes = Arrays.copyOf(hashes, 2 * pages);
        }
    }

    /** Decides of each page of a run: zero, known, or literal. */
    private void classify(ByteBuffer plain, PageRuns runs, int run, int first, boolean all) {
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
            if (all || (address + i) % SAMPLE == 0) {
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
        plain.limit(offset + pageSizeBytes).position(offset);
        return plain.getLong(offset) == 0 && plain.mismatch(zeroPage) < 0;
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

    private void remember(ByteBuffer plain, PageRuns runs, boolean all) {
        int looked = 0;
        int known = 0;
        int page = 0;
        for (int run = 0; run < runs.count(); run++) {
            for (int i = 0; i < runs.pages(run); i++, page++) {
                if (sources[page] >= 0) {
                    known++;
                    looked++;
                } else if (sources[page] == LITERAL && (all || hashes[page] != 0)) {
                    looked++;
                    int offset = runs.offset(run) + i * pageSizeBytes;
                    sent.add(plain, offset, runs.firstIndex(run) + i, hashes[page]);
                }
            }
        }
        knownShare += (known - looked * knownShare) / sent.slotCount();
    }

    @Override
    public void close() {
        if (sent != null) {
            sent.close();
        }
    }
}
