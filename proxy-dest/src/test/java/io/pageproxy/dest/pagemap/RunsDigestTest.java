package io.pageproxy.dest.pagemap;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.dest.images.Run;
import io.pageproxy.pagestream.PageFlags;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunsDigestTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void differentlySplitRangesAreEqual(long seed) {
        Random random = new Random(seed);
        List<Run> runs = Run.sequence(random, 1 + random.nextInt(300));
        RunsSummary summary = Run.summary(Run.split(random, runs));
        assertThat(summary).isEqualTo(Run.summary(runs));
        assertThat(summary.presentPages()).isEqualTo(Run.presentPages(runs));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void oneChangedRangeIsUnequal(long seed) {
        Random random = new Random(seed);
        List<Run> runs = Run.sequence(random, 2 + random.nextInt(300));
        RunsSummary summary = Run.summary(runs);
        int at = random.nextInt(runs.size());
        Run run = runs.get(at);
        Run moved = new Run(run.flags(), run.vaddr() + (1L << 50), run.nrPages());
        Run longer = new Run(run.flags(), run.vaddr(), run.nrPages() + 1);
        Run otherFlags = new Run(run.flags() + 1, run.vaddr(), run.nrPages());
        for (Run changed : List.of(moved, longer, otherFlags)) {
            assertThat(Run.summary(with(runs, at, changed))).isNotEqualTo(summary);
        }
        List<Run> dropped = new ArrayList<>(runs);
        dropped.remove(at);
        assertThat(Run.summary(dropped)).isNotEqualTo(summary);
    }

    @Test
    void swappedRangesAreUnequalBecausePageOrderMatters() {
        Run one = Run.present(0x1000, 2);
        Run other = Run.present(0x9000, 2);
        assertThat(Run.summary(List.of(one, other))).isNotEqualTo(Run.summary(List.of(other, one)));
    }

    @Test
    void pagesAreCountedByFlag() {
        RunsSummary summary =
                Run.summary(
                        List.of(
                                Run.present(0, 1),
                                Run.present(Run.PAGE, 2),
                                new Run(PageFlags.PRESENT | PageFlags.LAZY, 3 * Run.PAGE, 4),
                                new Run(PageFlags.PARENT, 7 * Run.PAGE, 8),
                                new Run(PageFlags.LAZY, 15 * Run.PAGE, 16)));
        assertThat(summary.runs()).isEqualTo(4);
        assertThat(summary.presentPages()).isEqualTo(7);
        assertThat(summary.parentPages()).isEqualTo(8);
        assertThat(summary.lazyPages()).isEqualTo(16);
        assertThat(summary)
                .hasToString("7 pages, 8 more in the parent, 16 more left for later, in 4 runs");
    }

    @Test
    void rangesAreNotJoinedAcrossAddressWrapAround() {
        assertThat(Run.summary(List.of(Run.present(-Run.PAGE, 1), Run.present(0, 1))).runs())
                .isEqualTo(2);
    }

    private static List<Run> with(List<Run> runs, int at, Run run) {
        List<Run> changed = new ArrayList<>(runs);
        changed.set(at, run);
        return changed;
    }
}
