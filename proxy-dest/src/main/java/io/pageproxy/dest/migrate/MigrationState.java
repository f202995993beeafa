package io.pageproxy.dest.migrate;

/**
 * States of a {@link MigrationSession}.
 *
 * <pre>
 *  WAITING --first File--> RECEIVING --FilesEnd--> STAGING --restored and paused--> STAGED
 *                                                                                    | |
 *                                                   connection lost, if undecided    | |
 *                               DISCONNECTED <---------------------------------------+ |
 *                                     |                                                |
 *                                     | Recommit                                       | Commit,
 *                                     v                                                | Recommit
 *                                COMMITTING <------------------------------------------+
 *
 *  any state --success, failure, Abort, timeout--> OVER
 * </pre>
 *
 * <p>A failure before COMMITTING kills the restored tree, which has not run. From COMMITTING on the
 * {@link CommitStrategy} decides whether this copy may still be killed.
 */
enum MigrationState {
    /** Attached; waits for the folder of the images and the first file. */
    WAITING,
    /** Files arrive. */
    RECEIVING,
    /** All files have arrived; they are made durable and the tree is restored. */
    STAGING,
    /** The tree is restored and paused; the source decides. */
    STAGED,
    /** Staged, but the connection is lost; the source may decide on another one. */
    DISCONNECTED,
    /** The source has given its tasks up, or in a lazy migration stopped them: the tree may run. */
    COMMITTING,
    /** Nothing happens any more. */
    OVER;

    /**
     * Moves to another state.
     *
     * @throws IllegalStateException if the transition is not drawn above
     */
    MigrationState to(MigrationState next) {
        boolean drawn =
                switch (this) {
                    case WAITING -> next == RECEIVING || next == OVER;
                    case RECEIVING -> next == STAGING || next == OVER;
                    case STAGING -> next == STAGED || next == OVER;
                    case STAGED -> next == DISCONNECTED || next == COMMITTING || next == OVER;
                    case DISCONNECTED -> next == COMMITTING || next == OVER;
                    case COMMITTING -> next == OVER;
                    case OVER -> false;
                };
        if (!drawn) {
            throw new IllegalStateException("a migration cannot go from " + this + " to " + next);
        }
        return next;
    }
}
