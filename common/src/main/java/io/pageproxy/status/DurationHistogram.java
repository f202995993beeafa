package io.pageproxy.status;

import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** Histogram of durations, from a tenth of a second to half an hour. Thread-safe. */
final class DurationHistogram {
    private static final double[] UPPER_SECONDS = {0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800};

    /** Counts per bucket; the last bucket has no upper bound. */
    private final LongAdder[] counts = new LongAdder[UPPER_SECONDS.length + 1];

    private final DoubleAdder sumSeconds = new DoubleAdder();

    DurationHistogram() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    void add(double seconds) {
        int bucket = 0;
        while (bucket < UPPER_SECONDS.length && seconds > UPPER_SECONDS[bucket]) {
            bucket++;
        }
        counts[bucket].increment();
        sumSeconds.add(seconds);
    }

    void write(Exposition page, String name, String help) {
        page.family(name, "histogram", help);
        long count = 0;
        for (int i = 0; i < counts.length; i++) {
            count += counts[i].sum();
            String upper = i < UPPER_SECONDS.length ? Exposition.number(UPPER_SECONDS[i]) : "+Inf";
            page.sample(name + "_bucket", count, "le", upper);
        }
        page.sample(name + "_sum", sumSeconds.sum());
        page.sample(name + "_count", count, new String[0]);
    }
}
