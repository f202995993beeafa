package io.pageproxy.dedup;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The hashes differ in the bits that select a place in the table, like those of real pages. */
class SeenPagesTest {
    private static final int PAGES = 100;

    private final SeenPages seen = new SeenPages(PAGES, 1);

    private static long hash(int page) {
        return (long) (page + 1) << 32;
    }

    @Test
    void repeatedPageWasSeenBefore() {
        assertThat(seen.sawBefore(hash(1), 1)).isFalse();
        assertThat(seen.sawBefore(hash(2), 1)).isFalse();
        assertThat(seen.sawBefore(hash(1), 1)).isTrue();
        assertThat(seen.sawBefore(hash(1), 1)).isTrue();
    }

    @Test
    void differentHashInTheSameBucketIsNew() {
        seen.sawBefore(hash(1), 1);
        assertThat(seen.sawBefore(hash(1) + 1, 1)).isFalse();
    }

    /** A window of only new pages would have forgotten such a page, too. */
    @Test
    void oldPageIsForgotten() {
        seen.sawBefore(hash(0), 1);
        seen.sawBefore(hash(1), 1);
        for (int page = 2; page < PAGES; page++) {
            seen.sawBefore(hash(page), 1);
            assertThat(seen.sawBefore(hash(page), 1)).as("a repeated page takes no place").isTrue();
        }
        assertThat(seen.sawBefore(hash(0), 1)).isTrue();
        seen.sawBefore(hash(PAGES), 1);
        assertThat(seen.sawBefore(hash(0), 1)).as("%d new pages since", PAGES).isFalse();
        assertThat(seen.sawBefore(hash(2), 1)).isTrue();
    }

    @Test
    void rareSampleRepresentsMorePages() {
        SeenPages rarely = new SeenPages(PAGES, 10);
        for (int page = 0; page < 5; page++) {
            rarely.sawBefore(hash(page), 20);
        }
        assertThat(rarely.sawBefore(hash(0), 20)).isTrue();
        rarely.sawBefore(hash(5), 20);
        assertThat(rarely.sawBefore(hash(0), 20)).as("120 pages ago").isFalse();
    }
}
