package io.pageproxy.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.pagestream.ImageId.Kind;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageSetsTest {
    private static final int PAGE = 4096;

    @ParameterizedTest
    @ValueSource(longs = {3, 1_000_000, (16L << 20) + 1})
    void setHasRequestedSizeAndIsDeterministic(long pages) {
        PageSet set = set(7, pages * PAGE - 1);
        assertThat(set.presentBytes()).isEqualTo(pages * PAGE);
        assertThat(set).isEqualTo(set(7, pages * PAGE - 1)).isNotEqualTo(set(8, pages * PAGE));
        assertThat(set.images().stream().filter(i -> i.id().kind() == Kind.PROCESS)).hasSize(2);
    }

    @Test
    void rangesOfImageAreAscendingWithGaps() {
        for (PageImage image : set(1, 256 << 20).images()) {
            long end = -1;
            for (PageRun run : image.runs()) {
                assertThat(run.vaddr() % PAGE).isZero();
                assertThat(run.vaddr()).isGreaterThan(end);
                end = run.vaddr() + run.nrPages() * PAGE;
                assertThat(end).isLessThan(1L << 47);
            }
        }
    }

    @Test
    void nextRoundHasSomeNewContentAndTheRestInParent() {
        PageSet first = set(1, 64 << 20);
        PageSet second = PageSets.nextRound(first, 2, 30);
        assertThat(second.runs()).isEqualTo(first.runs());
        assertThat(second.presentPages()).isBetween(1L, first.presentPages() - 1);
        assertThat(PageSets.nextRound(first, 2, 0).presentPages()).isZero();
    }

    @Test
    void contentFollowsMixAndPagesDiffer() {
        assertThat(kindOf(new ContentMix(100, 0))).isOne();
        assertThat(kindOf(ContentMix.TEXT)).isBetween(60L, 68L);
        assertThat(kindOf(ContentMix.NOISE)).isGreaterThan(500L);
        PageImage image = set(1, 8 << 20).images().get(0);
        PageContent noise = new PageContent(1, ContentMix.NOISE, PAGE);
        Set<ByteBuffer> pages = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            pages.add(page(noise, image, (long) i * PAGE));
        }
        assertThat(pages).hasSize(1000);
        assertThat(page(noise, image, PAGE)).isEqualTo(page(noise, image, PAGE));
        assertThat(page(new PageContent(2, ContentMix.NOISE, PAGE), image, PAGE))
                .isNotEqualTo(page(noise, image, PAGE));
    }

    @Test
    void impossibleSetsAreRejected() {
        assertThatThrownBy(() -> set(1, PAGE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ContentMix(60, 41)).hasMessageContaining("60% zeros");
    }

    private static PageSet set(long seed, long bytes) {
        return PageSets.generate(new PageContent(seed, ContentMix.TYPICAL, PAGE), 2, 1, bytes);
    }

    /** Number of distinct 8-byte words of a page. */
    private static long kindOf(ContentMix mix) {
        ByteBuffer page =
                page(new PageContent(1, mix, PAGE), set(1, 8 << 20).images().get(0), 0x5000);
        long[] words = new long[PAGE / Long.BYTES];
        page.asLongBuffer().get(words);
        return Arrays.stream(words).distinct().count();
    }

    private static ByteBuffer page(PageContent content, PageImage image, long vaddr) {
        ByteBuffer page = ByteBuffer.allocate(PAGE);
        content.put(image.id(), vaddr, page);
        assertThat(page.hasRemaining()).isFalse();
        return page.flip();
    }
}
