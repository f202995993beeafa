package io.pageproxy.simulator;

import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Generates page sets that resemble a dump of a few processes, deterministically from a seed. */
public final class PageSets {
    private static final long FIRST_PROCESS = 1000;
    private static final long FIRST_SHARED_MEMORY = 1;

    /** Start addresses of a process's memory on 64-bit Linux: program and heap, mappings, stack. */
    private static final long[] SEGMENTS = {
        0x5555_5555_0000L, 0x7f00_0000_0000L, 0x7f80_0000_0000L, 0x7ffc_0000_0000L
    };

    private static final int MAX_RUN_BITS = 11;
    private static final int MAX_GAP_BITS = 8;

    private PageSets() {}

    /**
     * Generates a first round, in which every page has content.
     *
     * @param content generates the page content; its seed also determines the layout
     * @param processes number of processes, 1 or more
     * @param sharedMemories number of shared memory objects, 0 or more
     * @param totalBytes total size, rounded up to whole pages; at least one page per image
     */
    public static PageSet generate(
            PageContent content, int processes, int sharedMemories, long totalBytes) {
        int pageSizeBytes = content.pageSizeBytes();
        long pages = (totalBytes + pageSizeBytes - 1) / pageSizeBytes;
        int count = processes + sharedMemories;
        if (processes < 1 || sharedMemories < 0 || pages < count) {
            throw new IllegalArgumentException(
                    totalBytes + " bytes in " + processes + "+" + sharedMemories + " images");
        }
        Random random = new Random(content.seed());
        List<PageImage> images = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long share = pages / count + (i < pages % count ? 1 : 0);
            images.add(
                    i < processes
                            ? process(FIRST_PROCESS + i, share, pageSizeBytes, random)
                            : sharedMemory(
                                    FIRST_SHARED_MEMORY + i - processes,
                                    share,
                                    pageSizeBytes,
                                    random));
        }
        return new PageSet(content, images);
    }

    /**
     * Generates a further round of an iterative dump: the same addresses, with new content for some
     * ranges and the others in the parent.
     *
     * @param previous the previous round, whose images are the parent
     * @param seed determines the new content and the choice of ranges
     * @param dirtyPercent percentage of ranges with new content, 0 to 100
     */
    public static PageSet nextRound(PageSet previous, long seed, int dirtyPercent) {
        Random random = new Random(seed);
        PageContent before = previous.content();
        List<PageImage> images = new ArrayList<>();
        for (PageImage image : previous.images()) {
            List<PageRun> runs = new ArrayList<>();
            for (PageRun run : image.runs()) {
                runs.add(
                        random.nextInt(100) < dirtyPercent
                                ? PageRun.present(run.vaddr(), run.nrPages())
                                : PageRun.inParent(run.vaddr(), run.nrPages()));
            }
            images.add(new PageImage(image.id(), runs));
        }
        return new PageSet(new PageContent(seed, before.mix(), before.pageSizeBytes()), images);
    }

    private static PageImage process(long pid, long pages, int pageSizeBytes, Random random) {
        List<PageRun> runs = new ArrayList<>();
        long left = pages;
        for (int i = 0; i < SEGMENTS.length; i++) {
            boolean last = i == SEGMENTS.length - 1;
            long share = last ? left : Math.min(left, pages / SEGMENTS.length);
            long slide = (long) random.nextInt(1 << 12) << 16;
            addRuns(runs, SEGMENTS[i] + slide, share, pageSizeBytes, random);
            left -= share;
        }
        return new PageImage(new ImageId(Kind.PROCESS, pid), runs);
    }

    private static PageImage sharedMemory(long id, long pages, int pageSizeBytes, Random random) {
        List<PageRun> runs = new ArrayList<>();
        addRuns(runs, 0, pages, pageSizeBytes, random);
        return new PageImage(new ImageId(Kind.SHARED_MEMORY, id), runs);
    }

    private static void addRuns(
            List<PageRun> runs, long start, long pages, int pageSizeBytes, Random random) {
        long vaddr = start;
        for (long left = pages; left > 0; ) {
            long nrPages = Math.min(left, upTo(MAX_RUN_BITS, random));
            runs.add(PageRun.present(vaddr, nrPages));
            vaddr += (nrPages + upTo(MAX_GAP_BITS, random)) * pageSizeBytes;
            left -= nrPages;
        }
    }

    /** Returns a random number from 1 to 2^bits, uniform in magnitude. */
    private static int upTo(int bits, Random random) {
        return 1 + random.nextInt(1 << random.nextInt(bits + 1));
    }
}
