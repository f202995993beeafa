package io.pageproxy.dest.migrate;

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
enum LazyRestoreState {
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

    /**
     * Moves to another state.
     *
     * @throws IllegalStateException if the transition is not drawn above
     */
    LazyRestoreState to(LazyRestoreState next) {
        boolean drawn =
                switch (this) {
                    case PREPARING -> next == RESUMING || next == ENDING;
                    case RESUMING -> next == RUNNING || next == ENDING;
                    case RUNNING -> next == WHOLE || next == ENDING;
                    case WHOLE -> next == STOPPED || next == OVER;
                    case STOPPED -> next == OVER;
                    case ENDING, OVER -> false;
                };
        if (!drawn) {
            throw new IllegalStateException(
                    "a lazy restore cannot go from " + this + " to " + next);
        }
        return next;
    }
}
