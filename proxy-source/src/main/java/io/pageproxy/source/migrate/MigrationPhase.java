package io.pageproxy.source.migrate;

/**
 * Phases of a migration as the source sees it. {@link Migration} is in exactly one of them, does
 * its work, and goes where the result of that work leads. Nothing else changes the phase.
 *
 * <pre>
 *  success
 *    CONNECTING -> DUMPING -> SENDING_FILES -> RESTORING -+- push ----------> ENDING_TASKS -> COMMITTING -> OVER
 *                                                         |                        ^
 *                                                         +- lazy -> RESUMING -> FETCHING_MEMORY
 *  failure
 *    CONNECTING, DUMPING, SENDING_FILES, RESTORING -> ROLLING_BACK -> OVER
 *    RESUMING, FETCHING_MEMORY -> RECALLING -+- the destination has all memory -> ENDING_TASKS
 *                                            +- its copy is ended -------------> ROLLING_BACK
 *    ENDING_TASKS, if the dump has left tasks alive -> ROLLING_BACK
 *  fault
 *    up to FETCHING_MEMORY like a failure
 *    RECALLING, ENDING_TASKS, COMMITTING, ROLLING_BACK -> OVER
 * </pre>
 *
 * <p>A failure is what ends an attempt for a known reason: the destination's ABORT, a connection
 * that is lost or silent, the end of a dump, an order to stop. A fault is an exception that nobody
 * expected. Once a copy may have been given up neither rolling back nor going on is safe after a
 * fault, so the report then says that it is not known where the tree runs.
 */
enum MigrationPhase {
    /** The destination is asked whether it takes the tree. The tasks run here. */
    CONNECTING,

    /** CRIU dumps the tree, after the rounds of pre-dumps, and is held at {@code post-dump}. */
    DUMPING,

    /** The tasks are frozen; the images go over. */
    SENDING_FILES,

    /** The destination restores the tree and holds it before its first instruction. */
    RESTORING,

    /** Lazy only: the destination is told to let its copy run. The tasks here stay stopped. */
    RESUMING,

    /** Lazy only: the copy there runs and fetches the memory that is still here. */
    FETCHING_MEMORY,

    /** Lazy only: the destination is asked whether its copy has all memory or is ended. */
    RECALLING,

    /** The tasks here end. None of them may run again. */
    ENDING_TASKS,

    /** The destination is told that the tasks here are gone, until it answers. */
    COMMITTING,

    /** The destination's copy is given up, and the tasks run on here. */
    ROLLING_BACK,

    /** There is a report. */
    OVER;

    /** Where the migration goes when the work of this phase is done. */
    MigrationPhase afterSuccess(boolean lazy) {
        return switch (this) {
            case CONNECTING -> DUMPING;
            case DUMPING -> SENDING_FILES;
            case SENDING_FILES -> RESTORING;
            case RESTORING -> lazy ? RESUMING : ENDING_TASKS;
            case RESUMING -> FETCHING_MEMORY;
            case FETCHING_MEMORY, RECALLING -> ENDING_TASKS;
            case ENDING_TASKS -> COMMITTING;
            case COMMITTING, ROLLING_BACK -> OVER;
            case OVER -> throw new IllegalStateException("the migration is over");
        };
    }

    /** Where it goes when the work of this phase has failed for a known reason. */
    MigrationPhase afterFailure() {
        return switch (this) {
            case CONNECTING, DUMPING, SENDING_FILES, RESTORING, RECALLING, ENDING_TASKS ->
                    ROLLING_BACK;
            case RESUMING, FETCHING_MEMORY -> RECALLING;
            case COMMITTING, ROLLING_BACK, OVER -> afterFault();
        };
    }

    /** Where it goes when the work of this phase has failed by a fault of this program. */
    MigrationPhase afterFault() {
        return switch (this) {
            case CONNECTING, DUMPING, SENDING_FILES, RESTORING -> ROLLING_BACK;
            case RESUMING, FETCHING_MEMORY -> RECALLING;
            case RECALLING, ENDING_TASKS, COMMITTING, ROLLING_BACK -> OVER;
            case OVER -> throw new IllegalStateException("the migration is over");
        };
    }
}
