package io.pageproxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pageproxy.codec.LinkPace.News;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinkMeterTest {
    private static final int STRETCH_BYTES = 2 << 20;

    private long nanos;
    private long takenBytes;
    private final LinkMeter meter = new LinkMeter(() -> takenBytes, () -> 0, () -> nanos);

    private void carry(long bytes, long inNanos) {
        takenBytes += bytes;
        nanos += inNanos;
    }

    @BeforeEach
    void begin() {
        carry(1_000, 1_000_000_000); // the handshakes, and a dumper that is long in coming
        assertThat(meter.news()).isEqualTo(News.NONE);
    }

    @Test
    void aShortStretchSaysNothing() {
        carry(STRETCH_BYTES - 1, 1_000_000);
        assertThat(meter.news()).isEqualTo(News.NONE);
        fill();
        assertThat(meter.news()).isEqualTo(News.NONE);
    }

    private void fill() {
        meter.onFull();
        assertThat(meter.news()).isEqualTo(News.FILLED);
    }

    @Test
    void nothingCarriedSaysNothingHoweverLong() {
        carry(0, 10_000_000_000L);
        assertThat(meter.news()).isEqualTo(News.NONE);
    }

    @Test
    void aStretchWithoutAStopOutranUs() {
        carry(STRETCH_BYTES, 1_000_000);
        assertThat(meter.news()).isEqualTo(News.OUTRAN_US);
        assertThat(meter.news()).isEqualTo(News.NONE);
    }

    @Test
    void whatFilledTheBuffersAtFirstIsNotTheLinksPace() {
        carry(STRETCH_BYTES - 1, 1_000);
        fill();
        assertThat(meter.news()).isEqualTo(News.NONE);
        carry(1_000_000, 80_000_000);
        assertThat(meter.news()).isEqualTo(News.HELD_US_UP);
        assertThat(meter.nanosPerByte()).isCloseTo(80, within(0.001));
    }

    @Test
    void aStretchWithAStopRanAtTheLinksPace() {
        fill();
        carry(STRETCH_BYTES, 8L * STRETCH_BYTES);
        assertThat(meter.news()).isEqualTo(News.HELD_US_UP);
        assertThat(meter.nanosPerByte()).isCloseTo(8, within(0.001));
        carry(STRETCH_BYTES, 1);
        assertThat(meter.news()).as("no stop since").isEqualTo(News.OUTRAN_US);
    }

    @Test
    void aSlowLinkIsJudgedByTimeAndTheMeasureMovesWithIt() {
        fill();
        carry(1_000_000, 100_000_000);
        assertThat(meter.news()).isEqualTo(News.HELD_US_UP);
        assertThat(meter.nanosPerByte()).isCloseTo(100, within(0.001));
        for (int i = 0; i < 20; i++) {
            meter.onFull();
            carry(STRETCH_BYTES, 10L * STRETCH_BYTES);
            assertThat(meter.news()).isEqualTo(News.HELD_US_UP);
        }
        assertThat(meter.nanosPerByte()).isCloseTo(10, within(0.1));
    }

    private void outrun(int stretches, long nanosPerByte) {
        for (int i = 0; i < stretches; i++) {
            carry(STRETCH_BYTES, nanosPerByte * STRETCH_BYTES);
            assertThat(meter.news()).isEqualTo(News.OUTRAN_US);
        }
    }

    @Test
    void moreThanBuffersHoldHasBeenTakenByTheLink() {
        outrun(8, 1);
        assertThat(meter.nanosPerByte()).as("never the bottleneck").isZero();
        meter.onFull();
        assertThat(meter.news()).as("no filling of buffers").isEqualTo(News.NONE);
        assertThat(meter.nanosPerByte()).isCloseTo(1, within(0.001));
    }

    /** By a peer that was busy for a moment, for instance. */
    @Test
    void aStretchThatWasHeldUpByChanceIsOverruledByWhatMoreThanBuffersHoldTook() {
        fill();
        carry(STRETCH_BYTES, 6L * STRETCH_BYTES);
        assertThat(meter.news()).isEqualTo(News.HELD_US_UP);
        outrun(7, 1);
        assertThat(meter.nanosPerByte()).as("buffers may have").isCloseTo(6, within(0.001));
        outrun(1, 1);
        assertThat(meter.nanosPerByte()).isCloseTo(1, within(0.001));
    }

    @Test
    void whatComesSlowlyDoesNotMakeTheLinkSlow() {
        fill();
        carry(STRETCH_BYTES, 2L * STRETCH_BYTES);
        assertThat(meter.news()).isEqualTo(News.HELD_US_UP);
        outrun(20, 9);
        assertThat(meter.nanosPerByte()).isCloseTo(2, within(0.001));
    }

    @Test
    void whatAnEarlierSessionHasSeenHoldsUntilThisOneSeesMore() {
        meter.expect(10);
        assertThat(meter.nanosPerByte()).isCloseTo(10, within(0.001));
        carry(STRETCH_BYTES - 1, 1_000);
        fill();
        assertThat(meter.nanosPerByte()).as("only buffers").isCloseTo(10, within(0.001));
        carry(STRETCH_BYTES, 20L * STRETCH_BYTES);
        assertThat(meter.news()).isEqualTo(News.HELD_US_UP);
        assertThat(meter.nanosPerByte()).isBetween(11.0, 19.0);
        outrun(8, 1);
        assertThat(meter.nanosPerByte()).isCloseTo(1, within(0.001));
    }
}
