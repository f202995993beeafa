package io.pageproxy.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.codec.LinkPace.News;
import org.junit.jupiter.api.Test;

/** A link of which a byte takes 8 nanoseconds, or one that was busy for a moment. */
class LinkPriceTest {
    private static final double PACE = 8;
    private static final int STRETCH_BYTES = 2 << 20;

    private final LinkPrice price = new LinkPrice(2);

    private void hear(News news, int times) {
        hear(price, news, times);
    }

    private static void hear(LinkPrice price, News news, int times) {
        for (int i = 0; i < times; i++) {
            price.update(news, PACE, true);
            price.send(STRETCH_BYTES);
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

    /** One stretch that was held up, then the rest of what its cause held back, as it seems. */
    @Test
    void aSlowLinkIsAlsoOneThatHoldsUsUpNowAndThen() {
        hear(News.HELD_US_UP, 1);
        hear(News.OUTRAN_US, 8);
        hear(News.HELD_US_UP, 1);
        hear(News.OUTRAN_US, 12);
        assertThat(price.nanosPerByte()).isGreaterThan(PACE);
    }

    @Test
    void theNextSessionsHoldsUntilTheLinkShowsItsPace() {
        hear(News.HELD_US_UP, 6);
        LinkPrice next = price.forNext();
        double usual = next.nanosPerByte();
        assertThat(usual).isBetween(PACE, price.nanosPerByte());
        assertThat(next.isKnown()).isTrue();
        hear(next, News.OUTRAN_US, 2);
        assertThat(next.nanosPerByte()).isLessThan(usual);
        hear(next, News.FILLED, 1);
        assertThat(next.nanosPerByte()).isEqualTo(usual);
        assertThat(next.isKnown()).isTrue();
    }

    /** As of a pre-forked tree, whose later processes hardly have pages of their own. */
    @Test
    void theNextSessionsIsNotWhatLittleWasSentAt() {
        hear(News.HELD_US_UP, 6);
        for (int i = 0; i < 60; i++) {
            price.update(News.OUTRAN_US, PACE, true);
            price.send(STRETCH_BYTES / 100);
        }
        assertThat(price.nanosPerByte()).isLessThan(1);
        assertThat(price.forNext().nanosPerByte()).isGreaterThan(PACE);
    }

    @Test
    void thatTheLinkIsSlowIsPassedOnButDoesNotHoldForEver() {
        hear(News.HELD_US_UP, 6);
        LinkPrice next = price.forNext();
        hear(next, News.OUTRAN_US, 8);
        assertThat(next.nanosPerByte()).isGreaterThan(PACE);
        hear(next, News.OUTRAN_US, 8);
        assertThat(next.nanosPerByte()).isLessThan(1);
    }
}
