package io.pageproxy.dedup;

import static io.pageproxy.dedup.References.ZERO;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Removes pages from a block that need not be sent: zero pages, and pages whose content was sent
 * before. The rest are the literals. A page of which an earlier stream of the chain had another
 * version that differs little is replaced by the difference.
 *
 * <p>Every page is tested for zeros. Every page is looked up by content as long as that pays;
 * around a hit the neighbours are compared directly, without a hash. While it does not pay, no page
 * is kept, and only a sample is hashed to notice when it would pay: one page in {@value #SAMPLE},
 * or in {@value #RARE_SAMPLE} if the link is cheap. Samples are chosen by address, so that those of
 * forked processes match.
 *
 * <p>A deduplicator lasts for a chain of sessions, one after the other. Not thread-safe; {@link
 * #close} frees the kept pages.
 */
public final class PageDeduplicator implements AutoCloseable {
    private static final int SAMPLE = 8;
    private static final int RARE_SAMPLE = 4 * SAMPLE;
    private static final long LITERAL = Long.MIN_VALUE;

    /** The share of known pages from which lookups pay if the link is expensive. */
    private static final double LEAST_SHARE_EXPENSIVE = 0.02;

    /** The same if the link is cheap: then only encryption is saved. */
    private static final double LEAST_SHARE = 0.25;

    /**
     * If the link is cheap, fewer than one omitted page in so many is not worth copying the others
     * on both sides.
     */
    private static final int FEW = 8;

    private final int pageSizeBytes;
    private final SentPages sent;
    private final SeenPages seen;
    private final ByteBuffer zeroPage;
    private final References references = new References();

    /** The share of known pages: a moving average over as many pages as can be kept. */
    private double knownShare;

    /** The number of this stream's first page; all earlier pages have arrived. */
    private long firstIndex;

    /** One page in so many of the current block is a sample. */
    private int sample;

    private long leastDistancePages;
    private double leastShareExpensive;

    /** Pages below this number may be referred to in the current block. */
    private long endOfReach;

    /** For each page of the current block: its offset, and what replaces it. */
    private int[] offsets = new int[256];

    private long[] sources = new long[256];
    private long[] slots = new long[256];
    private long[] hashes = new long[256];

    /**
     * A deduplicator that knows no page yet.
     *
     * @param budgetBytes how much of the sent stream is remembered; 0: only zero pages are removed
     */
    public PageDeduplicator(int pageSizeBytes, long budgetBytes) {
        this.pageSizeBytes = pageSizeBytes;
        this.sent = budgetBytes > 0 ? new SentPages(pageSizeBytes, budgetBytes) : null;
        this.seen = sent == null ? null : new SeenPages(sent.slotCount(), SAMPLE);
        this.zeroPage = ByteBuffer.allocateDirect(pageSizeBytes);
    }

    /**
     * Begins a stream.
     *
     * @param newFirstIndex number of its first page; 0 for the first stream of a chain
     * @param leastDistanceBytes how far before a block a page of this stream must end to be
     *     referred to in the block
     * @param inChain whether other streams follow, for which keeping pages pays
     */
    public void begin(long newFirstIndex, long leastDistanceBytes, boolean inChain) {
        firstIndex = newFirstIndex;
        leastDistancePages = leastDistanceBytes / pageSizeBytes;
        leastShareExpensive = inChain ? 0 : LEAST_SHARE_EXPENSIVE;
        knownShare = LEAST_SHARE * (newFirstIndex == 0 ? 0.8 : 2);
    }

    /** The pages that were removed from the last block. */
    public References references() {
        return references;
    }

    /**
     * Removes pages from a block.
     *
     * @param block readable from its first byte; ownership passes
     * @param runs where its pages lie
     * @param linkIsExpensive whether fewer bytes on the wire are worth some work
     * @param headRoom how many bytes to leave free before the literals
     * @return the literals; the caller owns them
     */
    public ByteBuf literals(
            ByteBuf block,
            PageRuns runs,
            boolean linkIsExpensive,
            int headRoom,
            ByteBufAllocator alloc) {
        references.clear();
        ByteBuffer plain = block.nioBuffer(0, block.writerIndex());
        makeRoom(runs.totalPages());
        sample = linkIsExpensive ? SAMPLE : RARE_SAMPLE;
        boolean all = knownShare > (linkIsExpensive ? leastShareExpensive : LEAST_SHARE);
        long blockIndex = runs.count() == 0 ? 0 : runs.firstIndex(0);
        endOfReach = Math.max(firstIndex, blockIndex - leastDistancePages);
        int first = 0;
        for (int run = 0; run < runs.count(); run++) {
            classify(plain, runs, run, first, all);
            first += runs.pages(run);
        }
        collect(runs.totalPages(), block.readerIndex());
        if (!linkIsExpensive && references.omittedPages() * FEW < runs.totalPages()) {
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

    /** Classifies each page of a run: zero, known, or literal. */
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

    /** Replaces the pages that have a source by their differences. */
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
