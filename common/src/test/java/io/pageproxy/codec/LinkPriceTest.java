package io.pageproxy.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.codec.LinkPace.News;
import org.junit.jupiter.api.Test;

/** A link of which a byte takes 8 nanoseconds, or one that was busy for a moment. */
class LinkPriceTest {
    private static final double PACE = 8;

    private final LinkPrice price = new LinkPrice(2);

    private void hear(News news, int times) {
        for (int i = 0; i < times; i++) {
            price.update(news, PACE, true);
        }
    }

    @Test
    void whatHoldsUpRaisesItAndWhatDoesNotLowersIt() {
        hear(News.HELD_US_UP, 2);
        double before = price.nanosPerByte();
        hear(News.HELD_US_UP, 4);
        assertThat(price.nanosPerByte()).isGreaterThan(before);
        hear(News.OUTRAN_US, 2);
        assertThat(price.nanosPerByte()).isBetween(before, 2 * before);
    }

    @Test
    void oneStretchThatWasHeldUpIsForgottenSoon() {
        hear(News.HELD_US_UP, 1);
        hear(News.OUTRAN_US, 6);
        assertThat(price.nanosPerByte()).isLessThan(1);
    }

    @Test
    void aLinkThatIsSlowStaysDear() {
        hear(News.HELD_US_UP, 2);
        hear(News.OUTRAN_US, 12);
        assertThat(price.nanosPerByte()).isGreaterThan(PACE);
    }

    @Test
    void butNotForEver() {
        hear(News.HELD_US_UP, 2);
        hear(News.OUTRAN_US, 60);
        assertThat(price.nanosPerByte()).isLessThan(1);
    }

    @Test
    void buffersThatAreFullForTheFirstTimeSayThatNothingIsKnown() {
        hear(News.OUTRAN_US, 3);
        assertThat(price.isKnown()).isTrue();
        hear(News.FILLED, 1);
        assertThat(price.isKnown()).isFalse();
    }

    @Test
    void theNextSessionsHoldsUntilTheLinkShowsItsPace() {
        hear(News.HELD_US_UP, 6);
        LinkPrice next = price.forNext();
        assertThat(next.isKnown()).isTrue();
        next.update(News.OUTRAN_US, PACE, true);
        assertThat(next.nanosPerByte()).isLessThan(price.nanosPerByte());
        next.update(News.FILLED, PACE, true);
        assertThat(next.nanosPerByte()).isEqualTo(price.nanosPerByte());
        assertThat(next.isKnown()).isTrue();
    }

    @Test
    void thatTheLinkIsSlowHasToBeShownToEachSession() {
        hear(News.HELD_US_UP, 6);
        LinkPrice next = price.forNext();
        for (int i = 0; i < 12; i++) {
            next.update(News.OUTRAN_US, PACE, true);
        }
        assertThat(next.nanosPerByte()).isLessThan(1);
    }
}
