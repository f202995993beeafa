package io.pageproxy.dedup;

import static io.pageproxy.dedup.References.ZERO;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Takes out of a block what need not be sent: pages of zeros, and pages whose content was sent
 * before. What is left are the literals. Of a page that an earlier stream of the chain had, and
 * that has changed little since, the difference is left.
 *
 * <p>Every page is looked at for zeros. By content it looks up every page as long as that pays;
 * around a hit the neighbours are compared directly, without a hash. While it does not pay, nothing
 * is kept; only one page in {@value #SAMPLE} is hashed, in {@value #RARE_SAMPLE} where the link is
 * not dear, chosen by address so that processes forked of each other meet, to notice when it would
 * pay.
 *
 * <p>It lasts for a chain of sessions, one after the other. Not thread-safe; {@link #close} lets
 * the kept pages go.
 */
public final class PageDeduplicator implements AutoCloseable {
    private static final int SAMPLE = 8;
    private static final int RARE_SAMPLE = 4 * SAMPLE;
    private static final long LITERAL = Long.MIN_VALUE;

    /** Of the pages looked up so many must be known ones where the link is dear. */
    private static final double LEAST_SHARE_DEAR = 0.02;

    /** The same where the link is not: then what pays is that nothing need be encrypted. */
    private static final double LEAST_SHARE = 0.25;

    /**
     * Less than one page in so many left out is not worth the copies of the others, on both sides,
     * where the link is not dear.
     */
    private static final int FEW = 8;

    private final int pageSizeBytes;
    private final SentPages sent;
    private final SeenPages seen;
    private final ByteBuffer zeroPage;
    private final References references = new References();

    /** How many pages were seen before: a moving average over as many as can be kept. */
    private double knownShare;

    /** The number of this stream's first page; all before it have arrived. */
    private long firstIndex;

    /** One page in so many is a sample, in the block at hand. */
    private int sample;

    private long leastDistancePages;
    private double leastShareDear;

    /** Pages below this number may be referred to in the block at hand. */
    private long endOfReach;

    /** By page of the block at hand: where it lies, and what was found out of it. */
    private int[] offsets = new int[256];

    private long[] sources = new long[256];
    private long[] slots = new long[256];
    private long[] hashes = new long[256];

    /**
     * A deduplicator that knows no page yet.
     *
     * @param budgetBytes how much of what was sent is remembered; 0: only zeros are taken out
     */
    public PageDeduplicator(int pageSizeBytes, long budgetBytes) {
        this.pageSizeBytes = pageSizeBytes;
        this.sent = budgetBytes > 0 ? new SentPages(pageSizeBytes, budgetBytes) : null;
        this.seen = sent == null ? null : new SeenPages(sent.slotCount(), SAMPLE);
        this.zeroPage = ByteBuffer.allocateDirect(pageSizeBytes);
    }

    /**
     * A stream begins.
     *
     * @param newFirstIndex its first page's number; 0 for the first of a chain
     * @param leastDistanceBytes how far in front of a block a page of this stream must end to be
     *     referred to in it
     * @param inChain whether others follow, which pays for what does not pay now
     */
    public void begin(long newFirstIndex, long leastDistanceBytes, boolean inChain) {
        firstIndex = newFirstIndex;
        leastDistancePages = leastDistanceBytes / pageSizeBytes;
        leastShareDear = inChain ? 0 : LEAST_SHARE_DEAR;
        knownShare = LEAST_SHARE * (newFirstIndex == 0 ? 0.8 : 2);
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
        sample = linkIsDear ? SAMPLE : RARE_SAMPLE;
        boolean all = knownShare > (linkIsDear ? leastShareDear : LEAST_SHARE);
        long blockIndex = runs.count() == 0 ? 0 : runs.firstIndex(0);
        endOfReach = Math.max(firstIndex, blockIndex - leastDistancePages);
        int first = 0;
        for (int run = 0; run < runs.count(); run++) {
            classify(plain, runs, run, first, all);
            first += runs.pages(run);
        }
        collect(runs.totalPages(), block.readerIndex());
        if (!linkIsDear && references.omittedPages() * FEW < runs.totalPages()) {
            references.clear();
        }
        ByteBuf literals = block;
        boolean whole = references.count() == 0;
        if (!whole) {
            literals = compact(block, headRoom, alloc);
            if (firstIndex > 0) {
                int shift = literals.readerIndex() - block.readerIndex();
                subtract(runs.totalPages(), literals, shift);
            }
        }
        if (all && sent != null) {
            remember(plain, runs);
        }
        if (!whole) {
            block.release();
        }
        return literals;
    }

    private void makeRoom(int pages) {
        if (pages > sources.length) {
            offsets = Arrays.copyOf(offsets, 2 * pages);
            sources = Arrays.copyOf(sources, 2 * pages);
            slots = Arrays.copyOf(slots, 2 * pages);
            hashes = Arrays.copyOf(hashes, 2 * pages);
        }
    }

    /** Decides of each page of a run: zero, known, or literal. */
    private void classify(ByteBuffer plain, PageRuns runs, int run, int first, boolean all) {
        long candidate = -1;
        for (int i = 0; i < runs.pages(run); i++) {
            int page = first + i;
            int offset = runs.offset(run) + i * pageSizeBytes;
            long vaddr = runs.firstVaddr(run) + (long) i * pageSizeBytes;
            offsets[page] = offset;
            sources[page] = LITERAL;
            if (isZero(plain, offset)) {
                sources[page] = ZERO;
                candidate = -1;
                continue;
            }
            if (sent == null) {
                continue;
            }
            boolean sampled = vaddr / pageSizeBytes % sample == 0;
            if (candidate >= 0 && take(page, candidate, plain, offset)) {
                candidate++;
                if (sampled) {
                    countSample(true);
                }
                continue;
            }
            candidate = -1;
            hashes[page] = all || sampled ? sent.hash(plain, offset) : 0;
            if (all) {
                long slot = sent.find(plain, offset, hashes[page]);
                if (slot >= 0 && isInReach(slot)) {
                    refer(page, slot);
                    candidate = slot + 1;
                    takeBackwards(page, i, plain, offset);
                }
            }
            if (firstIndex > 0 && sources[page] == LITERAL) {
                compareWithEarlier(page, runs.space(run), vaddr, plain, offset);
            }
            if (sampled) {
                countSample(sources[page] != LITERAL || seen.sawBefore(hashes[page], sample));
            }
        }
    }

    private void countSample(boolean known) {
        knownShare += ((known ? 1 : 0) - knownShare) * sample / sent.slotCount();
    }

    private void compareWithEarlier(
            int page, long space, long vaddr, ByteBuffer plain, int offset) {
        long slot = sent.lastAt(space, vaddr);
        if (slot >= 0
                && sent.indexOf(slot) < firstIndex
                && sent.differsLittle(slot, plain, offset)) {
            sources[page] = References.difference(sent.indexOf(slot));
            slots[page] = slot;
        }
    }

    private boolean isZero(ByteBuffer plain, int offset) {
        plain.limit(offset + pageSizeBytes).position(offset);
        return plain.getLong(offset) == 0 && plain.mismatch(zeroPage) < 0;
    }

    private boolean take(int page, long slot, ByteBuffer plain, int offset) {
        if (!sent.equal(slot, plain, offset) || !isInReach(slot)) {
            return false;
        }
        refer(page, slot);
        return true;
    }

    private boolean isInReach(long slot) {
        return sent.indexOf(slot) < endOfReach;
    }

    private void refer(int page, long slot) {
        sources[page] = sent.indexOf(slot);
        slots[page] = slot;
    }

    private void takeBackwards(int page, int inRun, ByteBuffer plain, int offset) {
        for (int back = 1; back <= inRun && sources[page - back] == LITERAL; back++) {
            if (!take(page - back, slots[page] - back, plain, offset - back * pageSizeBytes)) {
                return;
            }
        }
    }

    private void collect(int pages, int startOffset) {
        for (int page = 0; page < pages; page++) {
            if (sources[page] != LITERAL) {
                references.add(offsets[page] - startOffset, pageSizeBytes, sources[page]);
            }
        }
    }

    private ByteBuf compact(ByteBuf block, int headRoom, ByteBufAllocator alloc) {
        int literalBytes = block.readableBytes() - references.omittedPages() * pageSizeBytes;
        int room = headRoom + literalBytes + references.count() * References.ENTRY_BYTES;
        ByteBuf out = alloc.directBuffer(room, room).setIndex(headRoom, headRoom);
        int start = block.readerIndex();
        int from = 0;
        for (int i = 0; i < references.count(); i++) {
            if (references.isDifference(i)) {
                continue;
            }
            out.writeBytes(block, start + from, references.offset(i) - from);
            from = references.offset(i) + references.pages(i) * pageSizeBytes;
        }
        return out.writeBytes(block, start + from, block.readableBytes() - from);
    }

    /** Makes differences of the pages that stay and have a source. */
    private void subtract(int pages, ByteBuf literals, int startShift) {
        ByteBuffer out = literals.nioBuffer(0, literals.writerIndex());
        int shift = startShift;
        for (int page = 0; page < pages; page++) {
            if (sources[page] >= ZERO) {
                shift -= pageSizeBytes;
            } else if (sources[page] != LITERAL) {
                sent.subtract(slots[page], out, offsets[page] + shift);
            }
        }
    }

    private void remember(ByteBuffer plain, PageRuns runs) {
        int page = 0;
        for (int run = 0; run < runs.count(); run++) {
            for (int i = 0; i < runs.pages(run); i++, page++) {
                if (sources[page] < 0 && sources[page] != ZERO) {
                    sent.add(
                            plain,
                            offsets[page],
                            runs.firstIndex(run) + i,
                            hashes[page],
                            runs.space(run),
                            runs.firstVaddr(run) + (long) i * pageSizeBytes);
                }
            }
        }
    }

    @Override
    public void close() {
        if (sent != null) {
            sent.close();
        }
    }
}
