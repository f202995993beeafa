package io.pageproxy.source.adaptive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pageproxy.source.adaptive.LinkMetrics.Interval;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinkMeterTest {
    private static final int INTERVAL_BYTES = 2 << 20;

    private long nanos;
    private long takenBytes;
    private final LinkMeter meter = new LinkMeter(() -> takenBytes, () -> 0, () -> nanos);

    private void carry(long bytes, long inNanos) {
        takenBytes += bytes;
        nanos += inNanos;
    }

    @BeforeEach
    void begin() {
        carry(1_000, 1_000_000_000); // the handshakes, and a dumper that connects late
        assertThat(meter.pollInterval()).isEqualTo(Interval.IN_PROGRESS);
    }

    @Test
    void shortIntervalIsInProgress() {
        carry(INTERVAL_BYTES - 1, 1_000_000);
        assertThat(meter.pollInterval()).isEqualTo(Interval.IN_PROGRESS);
        fill();
        assertThat(meter.pollInterval()).isEqualTo(Interval.IN_PROGRESS);
    }

    private void fill() {
        meter.onFull();
        assertThat(meter.pollInterval()).isEqualTo(Interval.BUFFERS_FILLED);
    }

    @Test
    void intervalWithoutBytesIsInProgressHoweverLong() {
        carry(0, 10_000_000_000L);
        assertThat(meter.pollInterval()).isEqualTo(Interval.IN_PROGRESS);
    }

    @Test
    void intervalWithoutAStopIsSenderLimited() {
        carry(INTERVAL_BYTES, 1_000_000);
        assertThat(meter.pollInterval()).isEqualTo(Interval.SENDER_LIMITED);
        assertThat(meter.pollInterval()).isEqualTo(Interval.IN_PROGRESS);
    }

    @Test
    void bytesThatFillTheBuffersDoNotCountForThePace() {
        carry(INTERVAL_BYTES - 1, 1_000);
        fill();
        assertThat(meter.pollInterval()).isEqualTo(Interval.IN_PROGRESS);
        carry(1_000_000, 80_000_000);
        assertThat(meter.pollInterval()).isEqualTo(Interval.LINK_LIMITED);
        assertThat(meter.nanosPerByte()).isCloseTo(80, within(0.001));
    }

    @Test
    void intervalWithAStopRunsAtTheLinksPace() {
        fill();
        carry(INTERVAL_BYTES, 8L * INTERVAL_BYTES);
        assertThat(meter.pollInterval()).isEqualTo(Interval.LINK_LIMITED);
        assertThat(meter.nanosPerByte()).isCloseTo(8, within(0.001));
        carry(INTERVAL_BYTES, 1);
        assertThat(meter.pollInterval()).as("no stop since").isEqualTo(Interval.SENDER_LIMITED);
    }

    @Test
    void intervalOfASlowLinkEndsAfterItsTimeAndThePaceFollowsTheLink() {
        fill();
        carry(1_000_000, 100_000_000);
        assertThat(meter.pollInterval()).isEqualTo(Interval.LINK_LIMITED);
        assertThat(meter.nanosPerByte()).isCloseTo(100, within(0.001));
        for (int i = 0; i < 20; i++) {
            meter.onFull();
            carry(INTERVAL_BYTES, 10L * INTERVAL_BYTES);
            assertThat(meter.pollInterval()).isEqualTo(Interval.LINK_LIMITED);
        }
        assertThat(meter.nanosPerByte()).isCloseTo(10, within(0.1));
    }

    private void takeEverything(int intervals, long nanosPerByte) {
        for (int i = 0; i < intervals; i++) {
            carry(INTERVAL_BYTES, nanosPerByte * INTERVAL_BYTES);
            assertThat(meter.pollInterval()).isEqualTo(Interval.SENDER_LIMITED);
        }
    }

    @Test
    void bytesBeyondTheBuffersHaveBeenTakenByTheLink() {
        takeEverything(8, 1);
        assertThat(meter.nanosPerByte()).as("never the bottleneck").isZero();
        meter.onFull();
        assertThat(meter.pollInterval()).as("not the buffers").isEqualTo(Interval.IN_PROGRESS);
        assertThat(meter.nanosPerByte()).isCloseTo(1, within(0.001));
    }

    /** The stop may be due to a peer that was busy for a moment. */
    @Test
    void accidentalStopIsOverruledByBytesBeyondTheBuffers() {
        fill();
        carry(INTERVAL_BYTES, 6L * INTERVAL_BYTES);
        assertThat(meter.pollInterval()).isEqualTo(Interval.LINK_LIMITED);
        takeEverything(7, 1);
        assertThat(meter.nanosPerByte())
                .as("buffers may have taken it")
                .isCloseTo(6, within(0.001));
        takeEverything(1, 1);
        assertThat(meter.nanosPerByte()).isCloseTo(1, within(0.001));
    }

    @Test
    void slowSenderDoesNotMakeTheLinkSlow() {
        fill();
        carry(INTERVAL_BYTES, 2L * INTERVAL_BYTES);
        assertThat(meter.pollInterval()).isEqualTo(Interval.LINK_LIMITED);
        takeEverything(20, 9);
        assertThat(meter.nanosPerByte()).isCloseTo(2, within(0.001));
    }

    @Test
    void expectedPaceHoldsUntilThisSessionHasMeasured() {
        meter.expect(10);
        assertThat(meter.nanosPerByte()).isCloseTo(10, within(0.001));
        carry(INTERVAL_BYTES - 1, 1_000);
        fill();
        assertThat(meter.nanosPerByte()).as("only buffers").isCloseTo(10, within(0.001));
        carry(INTERVAL_BYTES, 20L * INTERVAL_BYTES);
        assertThat(meter.pollInterval()).isEqualTo(Interval.LINK_LIMITED);
        assertThat(meter.nanosPerByte()).isBetween(11.0, 19.0);
        takeEverything(8, 1);
        assertThat(meter.nanosPerByte()).isCloseTo(1, within(0.001));
    }
}
