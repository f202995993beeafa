package io.pageproxy.codec;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the last good session to a destination has learnt of the link, and of what compressing costs
 * and gains, so that the next one need not begin by finding out. It is no more than a beginning:
 * whatever has changed since is learnt as ever. Thread-safe.
 */
public final class Lessons {
    private final AtomicReference<Optional<Lesson>> last = new AtomicReference<>(Optional.empty());

    /**
     * Of one session; none of it is changed any more, only copied.
     *
     * @param nanosPerByte the link's pace, see {@link LinkPace#nanosPerByte}
     */
    record Lesson(
            double nanosPerByte,
            LinkPrice price,
            EffortTrial compress,
            EffortTrial beyondLz4,
            EffortTrial compressAtAll,
            EffortCosts costs) {

        /** For a session of its own to go on from. */
        Lesson forNext() {
            return new Lesson(
                    nanosPerByte,
                    price.forNext(),
                    compress.forNext(),
                    beyondLz4.forNext(),
                    compressAtAll.forNext(),
                    costs.copy());
        }
    }

    Optional<Lesson> last() {
        return last.get();
    }

    void add(Lesson lesson) {
        last.set(Optional.of(lesson));
    }
}
