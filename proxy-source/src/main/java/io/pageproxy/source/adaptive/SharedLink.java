package io.pageproxy.source.adaptive;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The link to the destination, which all sessions of a source share: its history, and how many
 * sessions send now. Each of 16 concurrent sessions gets a sixteenth of the link, which does not
 * make the link slow: each session is told the pace of all together. Thread-safe.
 */
public final class SharedLink {
    private final LinkHistory history = new LinkHistory();
    private final AtomicInteger sending = new AtomicInteger();

    /** What successful sessions have learned. */
    public LinkHistory history() {
        return history;
    }

    /** A session begins to send. */
    public void begin() {
        sending.incrementAndGet();
    }

    /** A session that had begun sends no more. */
    public void end() {
        sending.decrementAndGet();
    }

    /**
     * Metrics of the whole link, estimated from one session's share.
     *
     * @param own what that session measures; used on its event loop
     */
    public LinkMetrics seenBy(LinkMetrics own) {
        return new LinkMetrics() {
            @Override
            public void expect(double nanosPerByte) {
                own.expect(nanosPerByte * sharers());
            }

            @Override
            public Interval pollInterval() {
                return own.pollInterval();
            }

            @Override
            public double nanosPerByte() {
                return own.nanosPerByte() / sharers();
            }

            @Override
            public double sendBufferFill() {
                return own.sendBufferFill();
            }
        };
    }

    private int sharers() {
        return Math.max(1, sending.get());
    }
}
