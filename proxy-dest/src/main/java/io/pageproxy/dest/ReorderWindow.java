package io.pageproxy.dest;

import io.pageproxy.frame.Frame.Block;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Puts blocks that come by several lanes back into the order in which the source cut them.
 *
 * <pre>
 *  lane 0:  0   3       7          held: 3, 7, 5
 *  lane 1:    1     5              next: 2, which lane 2 must bring
 *  lane 2:
 * </pre>
 *
 * Sequences only grow on a lane. So a block that every lane has gone past is missing for good: it
 * is refused at once and not waited for. How much is held is bounded by what each lane may bring,
 * see {@link LaneCredit}. Not thread-safe: one session, one thread.
 */
final class ReorderWindow {
    private static final long ENDED = Long.MAX_VALUE;

    private final Map<Long, Held> held = new HashMap<>();

    /** The highest sequence that each lane has brought. */
    private final long[] reached;

    private long next;

    /**
     * A block that waits for its turn.
     *
     * @param lane which one brought it
     * @param block its content is owned by the window, and after {@link #poll} by the caller
     */
    record Held(int lane, Block block) {}

    ReorderWindow(int lanes) {
        reached = new long[lanes];
        Arrays.fill(reached, -1);
    }

    /**
     * Takes a block.
     *
     * @param block its content passes to the window; where it is refused, it is released
     * @throws SessionException TUNNEL_PROTOCOL where it cannot be in its place
     */
    void put(int lane, Block block) {
        long sequence = block.sequence();
        if (sequence <= reached[lane] || sequence < next || held.containsKey(sequence)) {
            block.content().release();
            throw broken(
                    reached[lane] == ENDED
                            ? "block " + sequence + " came on lane " + lane + " after its end"
                            : "block " + sequence + " came twice or out of order on lane " + lane);
        }
        held.put(sequence, new Held(lane, block));
        reached[lane] = sequence;
        requireThatNextCanCome();
    }

    /**
     * No more blocks will come on that lane.
     *
     * @throws SessionException TUNNEL_PROTOCOL where that was so already, or blocks are missing
     */
    void end(int lane) {
        if (reached[lane] == ENDED) {
            throw broken("the end came twice on lane " + lane);
        }
        reached[lane] = ENDED;
        requireThatNextCanCome();
    }

    private void requireThatNextCanCome() {
        boolean awaited = !held.isEmpty() && !held.containsKey(next);
        if (awaited && Arrays.stream(reached).allMatch(sequence -> sequence > next)) {
            throw broken("block " + next + " is missing: every lane has gone past it");
        }
    }

    private static SessionException broken(String message) {
        return new SessionException(CloseReason.TUNNEL_PROTOCOL, message);
    }

    /** The block whose turn it is; null where it has not come. */
    Held poll() {
        Held due = held.remove(next);
        if (due != null) {
            next++;
        }
        return due;
    }

    /** Whether every lane has ended and every block was polled. */
    boolean isDrained() {
        return held.isEmpty() && Arrays.stream(reached).allMatch(sequence -> sequence == ENDED);
    }

    /** How many blocks were polled. */
    long polledBlocks() {
        return next;
    }

    /** Gives up what is held. */
    void release() {
        held.values().forEach(waiting -> waiting.block().content().release());
        held.clear();
    }
}
