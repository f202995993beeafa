package io.pageproxy.dest.images;

import io.pageproxy.dest.pagemap.RunsDigest;
import io.pageproxy.dest.pagemap.RunsSummary;
import io.pageproxy.pagestream.PageFlags;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A range of pages, and sequences of ranges generated from a seed. */
public record Run(int flags, long vaddr, long nrPages) {
    public static final int PAGE = 4096;

    private static final int[] FLAGS = {
        PageFlags.PRESENT, PageFlags.PRESENT | PageFlags.LAZY, PageFlags.PARENT, PageFlags.LAZY
    };

    public static Run present(long vaddr, long nrPages) {
        return new Run(PageFlags.PRESENT, vaddr, nrPages);
    }

    /** Generates ascending ranges, with and without gaps between them. */
    public static List<Run> sequence(Random random, int count) {
        List<Run> runs = new ArrayList<>();
        long vaddr = (long) random.nextInt(1 << 20) * PAGE;
        for (int i = 0; i < count; i++) {
            long nrPages = 1L + random.nextInt(random.nextBoolean() ? 3 : 5000);
            runs.add(new Run(FLAGS[random.nextInt(FLAGS.length)], vaddr, nrPages));
            vaddr += (nrPages + (random.nextBoolean() ? 0 : 1 + random.nextInt(100))) * PAGE;
        }
        return runs;
    }

    /** Splits ranges at random positions without changing their pages. */
    public static List<Run> split(Random random, List<Run> runs) {
        List<Run> split = new ArrayList<>();
        for (Run run : runs) {
            long at = 0;
            while (at < run.nrPages()) {
                long nrPages = 1L + random.nextInt((int) (run.nrPages() - at));
                split.add(new Run(run.flags(), run.vaddr() + at * PAGE, nrPages));
                at += nrPages;
            }
        }
        return split;
    }

    public static RunsSummary summary(List<Run> runs) {
        RunsDigest digest = new RunsDigest(PAGE);
        runs.forEach(run -> digest.add(run.flags(), run.vaddr(), run.nrPages()));
        return digest.finish();
    }

    public static long presentPages(List<Run> runs) {
        return runs.stream()
                .filter(run -> (run.flags() & PageFlags.PRESENT) != 0)
                .mapToLong(Run::nrPages)
                .sum();
    }
}
