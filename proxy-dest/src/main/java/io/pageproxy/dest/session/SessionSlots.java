package io.pageproxy.dest.session;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.concurrent.atomic.AtomicInteger;

/** Limits the number of concurrent sessions. Thread-safe. */
public final class SessionSlots {
    private final int most;
    private final AtomicInteger taken = new AtomicInteger();

    public SessionSlots(int most) {
        this.most = most;
    }

    /**
     * Takes a slot.
     *
     * @throws SessionException LIMIT_EXCEEDED if none is left
     */
    public void take() {
        if (taken.incrementAndGet() > most) {
            taken.decrementAndGet();
            throw new SessionException(
                    CloseReason.LIMIT_EXCEEDED,
                    "the destination has as many sessions as it may (--max-sessions "
                            + most
                            + "): try again when one is over");
        }
    }

    public void giveBack() {
        taken.decrementAndGet();
    }

    /** Number of slots that are taken. */
    public int taken() {
        return taken.get();
    }
}
