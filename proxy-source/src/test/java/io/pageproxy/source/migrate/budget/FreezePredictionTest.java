package io.pageproxy.source.migrate.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalDouble;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What rounds tell about the last freeze. */
class FreezePredictionTest {
    private static final long MIB = 1 << 20;
    private static final Offset<Double> CLOSE = within(1e-6);

    @Test
    void singleRoundPredictsThatAllOfItsMemoryIsWrittenAgain() {
        FreezePrediction prediction = FreezePrediction.of(List.of(round(1024 * MIB, 0, 8, 0.5)), 8);
        assertThat(prediction.dirtyBytes()).isEqualTo(1024 * MIB);
        assertThat(prediction.bytesPerSecond()).isCloseTo(128 * MIB, CLOSE);
        assertThat(prediction.fixedSeconds()).isEqualTo(0.5);
        assertThat(prediction.restoreSeconds()).isCloseTo(1.5, CLOSE);
        assertThat(prediction.seconds()).isCloseTo(10, CLOSE);
    }

    @Test
    void roundsOfDifferentSizesTellRateAndFixedCost() {
        FreezePrediction prediction =
                FreezePrediction.of(
                        List.of(round(100 * MIB, 0, 1.5, 0.1), round(10 * MIB, 2, 0.6, 0.2)), 2.6);
        assertThat(prediction.bytesPerSecond()).isCloseTo(100 * MIB, CLOSE);
        assertThat(prediction.fixedSeconds()).isCloseTo(0.5, CLOSE);
        assertThat(prediction.dirtyBytes()).isCloseTo(3 * MIB, CLOSE);
    }

    @Test
    void cheapestFreezeIsTheLeastFixedCost() {
        FreezePrediction prediction =
                FreezePrediction.of(
                        List.of(round(100 * MIB, 0, 1.5, 0.9), round(10 * MIB, 2, 0.6, 0.7)), 2.6);
        assertThat(prediction.fixedSeconds()).isEqualTo(0.7);
    }

    @Test
    void programsThatTheRestoreStartsTooCountTwice() {
        PastRound container = new PastRound(10 * MIB, 0, 4, OptionalDouble.of(0.1), 3);
        FreezePrediction prediction = FreezePrediction.of(List.of(container, container), 4);
        assertThat(prediction.fixedSeconds()).isEqualTo(3);
        assertThat(prediction.restoreSeconds()).isGreaterThan(3);
    }

    @Test
    void unknownFreezesCountAsNothing() {
        PastRound unknown = new PastRound(MIB, 0, 1, OptionalDouble.empty(), 0);
        assertThat(FreezePrediction.of(List.of(unknown), 1).fixedSeconds()).isZero();
    }

    @Test
    void smallRoundThatTookLongerGivesTheRateOfTheLargest() {
        FreezePrediction prediction =
                FreezePrediction.of(List.of(round(10 * MIB, 0, 1, 0), round(5 * MIB, 1, 2, 0)), 3);
        assertThat(prediction.bytesPerSecond()).isCloseTo(10 * MIB, CLOSE);
        assertThat(prediction.fixedSeconds()).isCloseTo(1.5, CLOSE);
    }

    @Test
    void roundsOfTheSameSizeGiveTheirRate() {
        FreezePrediction prediction =
                FreezePrediction.of(List.of(round(10 * MIB, 0, 2, 0), round(10 * MIB, 2, 1, 0)), 3);
        assertThat(prediction.bytesPerSecond()).isCloseTo(5 * MIB, CLOSE);
    }

    @Test
    void neverMoreIsDirtyThanTheTreeHas() {
        FreezePrediction prediction =
                FreezePrediction.of(
                        List.of(round(10 * MIB, 0, 1, 0), round(10 * MIB, 1, 1, 0)), 1000);
        assertThat(prediction.dirtyBytes()).isEqualTo(10 * MIB);
    }

    @Test
    void roundsWithoutPagesAndWithoutTimeDivideNothingByZero() {
        FreezePrediction prediction =
                FreezePrediction.of(List.of(round(0, 0, 0, 0), round(0, 0, 0, 0)), 0);
        assertThat(prediction.seconds()).isBetween(0.0, 1e-6);
    }

    @Test
    void textHasAllFigures() {
        assertThat(FreezePrediction.of(List.of(round(1024 * MIB, 0, 8, 0.5)), 8))
                .hasToString(
                        "down for about 10.000 s (1024.0 MiB dirty at 128.0 MiB/s, dump 0.500 s,"
                                + " restore 1.500 s)");
    }

    @Test
    void copyOfFilesIsAddedAlsoWhereThePagesComeLazily() {
        FreezePrediction prediction =
                FreezePrediction.of(List.of(round(1024 * MIB, 0, 8, 0.5)), 8).withFiles(2);
        assertThat(prediction.seconds()).isCloseTo(12, CLOSE);
        assertThat(prediction.withoutDirtyPages().seconds()).isCloseTo(4, CLOSE);
        assertThat(prediction.toString()).endsWith("restore 1.500 s, files 2.000 s)");
    }

    static PastRound round(long bytes, double start, double seconds, double frozen) {
        return new PastRound(bytes, start, seconds, OptionalDouble.of(frozen), 0);
    }
}
