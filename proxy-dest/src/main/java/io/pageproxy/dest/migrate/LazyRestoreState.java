package io.pageproxy.dest.migrate;

import io.pageproxy.session.SessionState;
import java.util.EnumSet;
import java.util.Set;

/**
 * States of a {@link LazyRestore}.
 *
 * <pre>
 *  PREPARING --Commit--> RESUMING --restore exits 0--> RUNNING --daemon exits 0--> WHOLE --+
 *      |                    |                             |                          |     |
 *      +------failure-------+-----------failure-----------+     pages' connection    |     |
 *                           |                                   lost                 v     |
 *                           v                                                     STOPPED  |
 *                        ENDING                     Delivered on another           |       |
 *                                                   connection, timeout            v       |
 *                                                                                OVER <----+
 *                                                                                 Delivered
 * </pre>
 */
enum LazyRestoreState implements SessionState<LazyRestoreState> {
    /** The daemon and the paused tree are being prepared. */
    PREPARING,
    /** The restore was told to let the tree run. */
    RESUMING,
    /** The tree runs and lacks pages. */
    RUNNING,
    /** The tree runs and has all its pages. */
    WHOLE,
    /** The tree has all its pages, and is stopped until the source has given up its copy. */
    STOPPED,
    /** The tree is killed. */
    ENDING,
    /** We have stopped supervising the tree. */
    OVER;

    @Override
    public Set<LazyRestoreState> successors() {
        return switch (this) {
            case PREPARING -> EnumSet.of(RESUMING, ENDING);
            case RESUMING -> EnumSet.of(RUNNING, ENDING);
            case RUNNING -> EnumSet.of(WHOLE, ENDING);
            case WHOLE -> EnumSet.of(STOPPED, OVER);
            case STOPPED -> EnumSet.of(OVER);
            case ENDING, OVER -> EnumSet.noneOf(LazyRestoreState.class);
        };
    }
}
