package io.pageproxy.dest.lanes;

import java.util.EnumSet;
import java.util.Set;

/**
 * Whether a session accepts blocks: it does unless there is a reason to hold them back. The reasons
 * come and go independently. For the session's event loop.
 */
public final class BlockFlow {
    /** Why blocks are held back. */
    public enum Hold {
        /** The buffer before the page server is full. */
        PAGE_SERVER,
        /** The buffer before the source is full: it does not read the answers. */
        ANSWERS,
        /** A worker is reading pages that the last block refers to. */
        REFERENCES
    }

    /** Starts and stops the delivery of blocks. */
    public interface Valve {
        /** Blocks may be delivered, or no longer. */
        void flow(boolean on);
    }

    private final Set<Hold> holds = EnumSet.noneOf(Hold.class);
    private final Valve valve;

    /** A flow that nothing holds back. */
    public BlockFlow(Valve valve) {
        this.valve = valve;
    }

    /** Sets or lifts one reason, and tells the valve if that changes whether blocks may come. */
    public void set(Hold hold, boolean held) {
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
