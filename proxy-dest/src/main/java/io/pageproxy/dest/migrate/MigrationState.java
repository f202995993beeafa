package io.pageproxy.dest.migrate;

import io.pageproxy.session.SessionState;
import java.util.EnumSet;
import java.util.Set;

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
enum MigrationState implements SessionState<MigrationState> {
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

    @Override
    public Set<MigrationState> successors() {
        return switch (this) {
            case WAITING -> EnumSet.of(RECEIVING, OVER);
            case RECEIVING -> EnumSet.of(STAGING, OVER);
            case STAGING -> EnumSet.of(STAGED, OVER);
            case STAGED -> EnumSet.of(DISCONNECTED, COMMITTING, OVER);
            case DISCONNECTED -> EnumSet.of(COMMITTING, OVER);
            case COMMITTING -> EnumSet.of(OVER);
            case OVER -> EnumSet.noneOf(MigrationState.class);
        };
    }
}
