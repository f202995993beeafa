package io.pageproxy.app.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** Minimum, median and maximum of some numbers. */
record Spread(double min, double median, double max) {

    /**
     * Computes the spread of one number per item; the median of an even count is the mean of the
     * two in the middle.
     */
    static <T> Spread of(List<T> things, ToDoubleFunction<T> number) {
        double[] sorted = things.stream().mapToDouble(number).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("nothing was measured");
        }
        int middle = sorted.length / 2;
        double median =
                sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(sorted[0], median, sorted[sorted.length - 1]);
    }
}
