package io.pageproxy.source.adaptive;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the last successful session to a destination has learned about the link and about the costs
 * and gains of the levels, so that the next one need not start without knowledge. It is only a
 * start: the next session goes on measuring. Thread-safe.
 */
public final class LinkHistory {
    private final AtomicReference<Optional<Entry>> last = new AtomicReference<>(Optional.empty());

    /**
     * What one session knows. In the history it no longer changes; sessions work on copies.
     *
     * @param linkNanosPerByte see {@link LinkMetrics#nanosPerByte}
     * @param linkCost what a byte on the link is worth
     * @param compress whether compression pays on a fast link
     * @param beyondLz4 whether levels beyond LZ4 pay on a slow link
     * @param compressForSlowPeer whether compression pays on a link that seems slow, but whose
     *     stream goes at a fast link's pace
     * @param levelCosts what each level costs and gains
     */
    record Entry(
            double linkNanosPerByte,
            LinkCost linkCost,
            ThroughputExperiment compress,
            ThroughputExperiment beyondLz4,
            ThroughputExperiment compressForSlowPeer,
            LevelCosts levelCosts) {

        /** A copy for a session to go on from. */
        Entry forNextSession() {
            return new Entry(
                    linkNanosPerByte,
                    linkCost.forNextSession(),
                    compress.forNextSession(),
                    beyondLz4.forNextSession(),
                    compressForSlowPeer.forNextSession(),
                    levelCosts.copy());
        }

        /** The same with the pace at the session's end. */
        Entry withLinkNanosPerByte(double nanosPerByte) {
            return new Entry(
                    nanosPerByte, linkCost, compress, beyondLz4, compressForSlowPeer, levelCosts);
        }
    }

    Optional<Entry> last() {
        return last.get();
    }

    void add(Entry entry) {
        last.set(Optional.of(entry));
    }
}
