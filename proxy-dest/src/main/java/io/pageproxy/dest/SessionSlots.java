package io.pageproxy.dest;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.concurrent.atomic.AtomicInteger;

/** How many sessions may be under way at a time. Safe for all threads. */
final class SessionSlots {
    private final int most;
    private final AtomicInteger taken = new AtomicInteger();

    SessionSlots(int most) {
        this.most = most;
    }

    /**
     * Takes one.
     *
     * @throws SessionException LIMIT_EXCEEDED where none is left
     */
    void take() {
        if (taken.incrementAndGet() > most) {
            taken.decrementAndGet();
            throw new SessionException(
                    CloseReason.LIMIT_EXCEEDED,
                    "the destination has as many sessions as it may (--max-sessions "
                            + most
                            + "): try again when one is over");
        }
    }

    void giveBack() {
        taken.decrementAndGet();
    }

    /** How many are taken now. */
    int taken() {
        return taken.get();
    }
}
