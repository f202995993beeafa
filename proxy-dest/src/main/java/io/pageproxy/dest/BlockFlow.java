package io.pageproxy.dest;

import java.util.EnumSet;
import java.util.Set;

/**
 * Whether a session takes blocks. It does while nothing holds them back; what holds them back comes
 * and goes independently. To be used on the session's event loop.
 */
final class BlockFlow {
    /** What holds blocks back. */
    enum Hold {
        /** As much waits for the page server as may. */
        PAGE_SERVER,
        /** As many answers wait for the source as may: it does not read them. */
        ANSWERS,
        /** A worker reads pages that the last block refers to. */
        REFERENCES
    }

    /** What is told whether blocks may come. */
    interface Valve {
        void flow(boolean on);
    }

    private final Set<Hold> holds = EnumSet.noneOf(Hold.class);
    private final Valve valve;

    BlockFlow(Valve valve) {
        this.valve = valve;
    }

    void set(Hold hold, boolean held) {
        boolean before = holds.isEmpty();
        if (held) {
            holds.add(hold);
        } else {
            holds.remove(hold);
        }
        if (before != holds.isEmpty()) {
            valve.flow(holds.isEmpty());
        }
    }
}
