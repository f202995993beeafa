package io.pageproxy.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.Side;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SessionProgressTest {
    private static final int PAGES_PER_MEBIBYTE = 256;

    private OptionalLong total = OptionalLong.of(100 << 20);
    private long nanos;
    private final SessionProgress progress = new SessionProgress(() -> total, () -> nanos);

    private String at(double seconds, SessionFigures... active) {
        nanos = Math.round(seconds * 1e9);
        return progress.text(List.of(active)).orElse("nothing");
    }

    /** A session that has sent so much, of which its parent had some, in two seconds. */
    private static SessionFigures sent(int mebibytes, int ofParent, boolean checking) {
        long pages = (long) PAGES_PER_MEBIBYTE * mebibytes;
        return new SessionFigures(
                Side.SOURCE,
                Optional.empty(),
                Optional.empty(),
                "192.0.2.1:9",
                new StreamTotals(
                        (long) mebibytes << 20,
                        mebibytes + ofParent > 0 ? 1 : 0,
                        1,
                        0,
                        pages,
                        (long) PAGES_PER_MEBIBYTE * ofParent),
                (long) mebibytes << 19,
                0,
                1,
                2,
                checking,
                CodingTotals.NONE,
                4096,
                Optional.empty(),
                Optional.empty(),
                Instant.EPOCH);
    }

    private static SessionFigures sent(int mebibytes) {
        return sent(mebibytes, 0, false);
    }

    @Test
    void nothingIsShownBeforeTheStreamBegins() {
        assertThat(at(0)).isEqualTo("nothing");
        assertThat(at(0, sent(0))).isEqualTo("nothing");
    }

    @Test
    void percentAndTimeLeftFollowTheRecentRate() {
        at(0, sent(0));
        assertThat(at(1, sent(10)))
                .isEqualTo("10%  18 s left  10.0 of ~100.0 MiB  5 MB/s  2.0:1  2,560 pages");
        assertThat(at(2, sent(30)))
                .isEqualTo("30%  4 s left  30.0 of ~100.0 MiB  21 MB/s  2.0:1  7,680 pages");
    }

    @Test
    void totalIsTheOneBeforeTheStream() {
        at(0, sent(0));
        total = OptionalLong.empty();
        assertThat(at(1, sent(10))).startsWith("10%");
        assertThat(at(2)).isEqualTo("nothing");
        assertThat(at(3, sent(10))).doesNotContain("%");
    }

    @Test
    void withoutTotalThereAreNeitherPercentNorTimeLeft() {
        total = OptionalLong.empty();
        at(0, sent(0));
        assertThat(at(1, sent(10))).isEqualTo("10.0 MiB  5 MB/s  2.0:1  2,560 pages");
    }

    @Test
    void moreThanWasEstimatedIsAlmostDone() {
        at(0, sent(0));
        assertThat(at(1, sent(120))).startsWith("99%  almost done  120.0 of ~120.0 MiB  ");
    }

    @Test
    void pagesLeftToTheParentAreDone() {
        at(0, sent(0));
        assertThat(at(1, sent(10, 70, false))).startsWith("80%");
    }

    @Test
    void nextRoundBeginsAnew() {
        at(0, sent(0));
        at(1, sent(90));
        at(2);
        assertThat(at(3, sent(10))).startsWith("10%  18 s left");
    }

    @Test
    void severalSessionsAreTakenTogether() {
        at(0, sent(0));
        assertThat(at(1, sent(10), sent(20, 0, true))).startsWith("30%  ").contains("7,680 pages");
    }

    @Test
    void destinationChecksOnceEverySessionIsSent() {
        assertThat(at(1, sent(10, 0, true), sent(20, 0, true)))
                .isEqualTo("all sent; the destination checks and syncs its images");
    }

    /** The end, which is the least important, may be cut at 80 columns. */
    @Test
    void lineOfLargeSessionFitsIntoEightyColumns() {
        total = OptionalLong.of(64L << 30);
        at(0, sent(0));
        assertThat(at(1, sent(60_000))).hasSizeLessThan(80);
    }
}
