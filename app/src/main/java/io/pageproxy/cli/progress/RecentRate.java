package io.pageproxy.cli.progress;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** The rate over the last samples of a counter. Not thread-safe. */
final class RecentRate {
    private static final int SAMPLES = 20;

    private final Deque<Sample> samples = new ArrayDeque<>();

    private record Sample(long nanos, long bytes) {}

    /** Adds a sample; a counter that has gone back begins anew. */
    void add(long nanos, long bytes) {
        if (!samples.isEmpty() && bytes < samples.getLast().bytes()) {
            samples.clear();
        }
        samples.addLast(new Sample(nanos, bytes));
        if (samples.size() > SAMPLES) {
            samples.removeFirst();
        }
    }

    void clear() {
        samples.clear();
    }

    /** The rate; empty as long as there are no two samples. */
    Optional<Double> bytesPerSecond() {
        if (samples.size() < 2) {
            return Optional.empty();
        }
        Sample first = samples.getFirst();
        Sample last = samples.getLast();
        double seconds = (last.nanos() - first.nanos()) / 1e9;
        return seconds > 0
                ? Optional.of((last.bytes() - first.bytes()) / seconds)
                : Optional.empty();
    }
}
