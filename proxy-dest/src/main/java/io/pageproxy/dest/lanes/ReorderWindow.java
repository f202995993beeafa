package io.pageproxy.dest.lanes;

import io.pageproxy.frame.Frame.Block;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Puts the blocks of several lanes back into the order in which the source cut them.
 *
 * <pre>
 *  lane 0:  0   3       7          held: 3, 7, 5
 *  lane 1:    1     5              next: 2, which only lane 2 can bring
 *  lane 2:
 * </pre>
 *
 * Sequence numbers only grow on a lane, so a block that every lane has passed is missing for good,
 * which is reported at once. {@link LaneCredit} bounds how much is held. Not thread-safe.
 */
final class ReorderWindow {
    private static final long ENDED = Long.MAX_VALUE;

    private final Map<Long, Held> held = new HashMap<>();

    /** The highest sequence number that each lane has brought. */
    private final long[] reached;

    private long next;

    /**
     * A block that waits for its turn.
     *
     * @param lane the lane that brought it
     * @param block the window owns its content until {@link #poll}, then the caller does
     */
    record Held(int lane, Block block) {}

    ReorderWindow(int lanes) {
        reached = new long[lanes];
        Arrays.fill(reached, -1);
    }

    /**
     * Adds a block.
     *
     * @param block ownership of its content passes, also if the block is refused
     * @throws SessionException TUNNEL_PROTOCOL if it is repeated, out of order, or shows that a
     *     block is missing
     */
    void put(int lane, Block block) {
        long sequence = block.sequence();
        if (sequence <= reached[lane] || sequence < next || held.containsKey(sequence)) {
            block.release();
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
     * The lane has ended.
     *
     * @throws SessionException TUNNEL_PROTOCOL if it had ended already, or a block is missing
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

    /** Removes the block whose turn it is; null if it has not come. */
    Held poll() {
        Held due = held.remove(next);
        if (due != null) {
            next++;
        }
        return due;
    }

    /** Whether every lane has ended and every block was removed. */
    boolean isDrained() {
        return held.isEmpty() && Arrays.stream(reached).allMatch(sequence -> sequence == ENDED);
    }

    /** How many blocks were removed. */
    long polledBlocks() {
        return next;
    }

    /** Releases all blocks that are held. */
    void release() {
        held.values().forEach(waiting -> waiting.block().release());
        held.clear();
    }
}
