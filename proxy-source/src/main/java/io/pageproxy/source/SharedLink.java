package io.pageproxy.source;

import io.pageproxy.codec.Lessons;
import io.pageproxy.codec.LinkPace;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The way to the destination, which all sessions of a source share: what they have learnt of it,
 * and how many send at the moment. Of sixteen at a time each gets a sixteenth, which says nothing
 * bad of the link: what a session is told is the pace of all together. Thread-safe.
 */
final class SharedLink {
    private final Lessons lessons = new Lessons();
    private final AtomicInteger sending = new AtomicInteger();

    /** What good sessions have learnt. */
    Lessons lessons() {
        return lessons;
    }

    /** A session begins to send. */
    void begin() {
        sending.incrementAndGet();
    }

    /** A session that had begun sends no more. */
    void end() {
        sending.decrementAndGet();
    }

    /**
     * The pace of the whole link, as far as one session's share tells.
     *
     * @param own what that session sees; used on its event loop
     */
    LinkPace seenBy(LinkPace own) {
        return new LinkPace() {
            @Override
            public void expect(double nanosPerByte) {
                own.expect(nanosPerByte * sharers());
            }

            @Override
            public News news() {
                return own.news();
            }

            @Override
            public double nanosPerByte() {
                return own.nanosPerByte() / sharers();
            }

            @Override
            public double backlog() {
                return own.backlog();
            }
        };
    }

    private int sharers() {
        return Math.max(1, sending.get());
    }
}
