package io.pageproxy.source.adaptive;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.source.adaptive.LinkMetrics.Interval;
import org.junit.jupiter.api.Test;

/** A link with a pace of 8 ns, or a peer that was busy for a moment. */
class LinkCostTest {
    private static final double PACE = 8;
    private static final int INTERVAL_BYTES = 2 << 20;

    private final LinkCost cost = new LinkCost(2);

    private void observe(Interval interval, int times) {
        observe(cost, interval, times);
    }

    private static void observe(LinkCost cost, Interval interval, int times) {
        for (int i = 0; i < times; i++) {
            cost.update(interval, PACE, true);
            cost.onBlock(INTERVAL_BYTES);
        }
    }

    @Test
    void costRisesWhileTheLinkLimitsAndFallsOtherwise() {
        observe(Interval.LINK_LIMITED, 2);
        double before = cost.nanosPerByte();
        observe(Interval.LINK_LIMITED, 4);
        assertThat(cost.nanosPerByte()).isGreaterThan(before);
        observe(Interval.SENDER_LIMITED, 2);
        assertThat(cost.nanosPerByte()).isBetween(before, 2 * before);
    }

    @Test
    void singleLinkLimitedIntervalIsForgottenSoon() {
        observe(Interval.LINK_LIMITED, 1);
        observe(Interval.SENDER_LIMITED, 6);
        assertThat(cost.nanosPerByte()).isLessThan(1);
    }

    @Test
    void slowLinkStaysExpensive() {
        observe(Interval.LINK_LIMITED, 2);
        observe(Interval.SENDER_LIMITED, 12);
        assertThat(cost.nanosPerByte()).isGreaterThan(PACE);
    }

    @Test
    void slowLinkThatIsNoLongerTheLimitBecomesCheap() {
        observe(Interval.LINK_LIMITED, 2);
        observe(Interval.SENDER_LIMITED, 60);
        assertThat(cost.nanosPerByte()).isLessThan(1);
    }

    @Test
    void costIsUnknownWhileOnlyBuffersWereFilled() {
        observe(Interval.SENDER_LIMITED, 3);
        assertThat(cost.isKnown()).isTrue();
        observe(Interval.BUFFERS_FILLED, 1);
        assertThat(cost.isKnown()).isFalse();
    }

    /** A single link-limited interval now and then, with a few others between them. */
    @Test
    void linkThatLimitsFromTimeToTimeIsProvenSlow() {
        observe(Interval.LINK_LIMITED, 1);
        observe(Interval.SENDER_LIMITED, 8);
        observe(Interval.LINK_LIMITED, 1);
        observe(Interval.SENDER_LIMITED, 12);
        assertThat(cost.nanosPerByte()).isGreaterThan(PACE);
    }

    @Test
    void costFromHistoryHoldsUntilTheLinkShowsItsPace() {
        observe(Interval.LINK_LIMITED, 6);
        LinkCost next = cost.forNextSession();
        double usual = next.nanosPerByte();
        assertThat(usual).isBetween(PACE, cost.nanosPerByte());
        assertThat(next.isKnown()).isTrue();
        observe(next, Interval.SENDER_LIMITED, 2);
        assertThat(next.nanosPerByte()).isLessThan(usual);
        observe(next, Interval.BUFFERS_FILLED, 1);
        assertThat(next.nanosPerByte()).isEqualTo(usual);
        assertThat(next.isKnown()).isTrue();
    }

    /** As with a pre-forked tree, whose later processes have few pages of their own. */
    @Test
    void costForTheNextSessionIsWeightedByBytes() {
        observe(Interval.LINK_LIMITED, 6);
        for (int i = 0; i < 60; i++) {
            cost.update(Interval.SENDER_LIMITED, PACE, true);
            cost.onBlock(INTERVAL_BYTES / 100);
        }
        assertThat(cost.nanosPerByte()).isLessThan(1);
        assertThat(cost.forNextSession().nanosPerByte()).isGreaterThan(PACE);
    }

    @Test
    void slowLinkOfTheHistoryMustBeConfirmedByTheSession() {
        observe(Interval.LINK_LIMITED, 6);
        LinkCost next = cost.forNextSession();
        observe(next, Interval.SENDER_LIMITED, 8);
        assertThat(next.nanosPerByte()).isGreaterThan(PACE);
        observe(next, Interval.SENDER_LIMITED, 8);
        assertThat(next.nanosPerByte()).isLessThan(1);
    }
}
