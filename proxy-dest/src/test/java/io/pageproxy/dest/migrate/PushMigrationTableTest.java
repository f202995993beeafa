package io.pageproxy.dest.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.dest.migrate.MigrationTable.Event;
import io.pageproxy.dest.migrate.MigrationTable.Stage;
import io.pageproxy.session.CloseReason;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each state of a push migration and each event: the next state, its tree, and why it is over. A
 * disconnected migration has closed its connection, so that it receives no frames.
 */
@Timeout(30)
class PushMigrationTableTest {
    private enum Tree {
        /** The restore waits for its images. */
        NONE,
        PAUSED,
        /** The restore is given up, wherever it was. */
        KILLED,
        RUNS
    }

    @ParameterizedTest(name = "{0} and {1}: {2}, tree {3}")
    @CsvSource(
            textBlock =
                    """
                    WAITING,      FOREIGN_FRAME,    OVER,         KILLED, TUNNEL_PROTOCOL
                    WAITING,      FILES_END,        OVER,         KILLED, TUNNEL_PROTOCOL
                    WAITING,      COMMIT,           OVER,         KILLED, TUNNEL_PROTOCOL
                    WAITING,      RECOMMIT,         WAITING,      NONE,
                    WAITING,      PEER_LOST,        OVER,         KILLED, PEER_LOST
                    WAITING,      PEER_SILENT,      OVER,         KILLED, PEER_SILENT
                    WAITING,      ABORT,            OVER,         KILLED, DUMP_FAILED
                    WAITING,      STOP,             OVER,         KILLED, SHUTDOWN
                    WAITING,      FAULT,            OVER,         KILLED, LOCAL_FAILURE

                    RECEIVING,    FOREIGN_FRAME,    OVER,         KILLED, TUNNEL_PROTOCOL
                    RECEIVING,    FILES_END,        OVER,         KILLED, TUNNEL_PROTOCOL
                    RECEIVING,    COMMIT,           OVER,         KILLED, TUNNEL_PROTOCOL
                    RECEIVING,    RECOMMIT,         RECEIVING,    NONE,
                    RECEIVING,    PEER_LOST,        OVER,         KILLED, PEER_LOST
                    RECEIVING,    PEER_SILENT,      OVER,         KILLED, PEER_SILENT
                    RECEIVING,    ABORT,            OVER,         KILLED, DUMP_FAILED
                    RECEIVING,    STOP,             OVER,         KILLED, SHUTDOWN
                    RECEIVING,    FAULT,            OVER,         KILLED, LOCAL_FAILURE

                    STAGING,      FOREIGN_FRAME,    OVER,         KILLED, TUNNEL_PROTOCOL
                    STAGING,      FILES_END,        OVER,         KILLED, TUNNEL_PROTOCOL
                    STAGING,      COMMIT,           OVER,         KILLED, TUNNEL_PROTOCOL
                    STAGING,      RECOMMIT,         STAGING,      PAUSED,
                    STAGING,      PEER_LOST,        OVER,         KILLED, PEER_LOST
                    STAGING,      PEER_SILENT,      OVER,         KILLED, PEER_SILENT
                    STAGING,      ABORT,            OVER,         KILLED, DUMP_FAILED
                    STAGING,      RESTORE_READY,    STAGED,       PAUSED,
                    STAGING,      RESTORE_SUCCEEDS, OVER,         KILLED, RESTORE_FAILED
                    STAGING,      RESTORE_FAILS,    OVER,         KILLED, RESTORE_FAILED
                    STAGING,      EXIT_LOST,        OVER,         KILLED, LOCAL_FAILURE
                    STAGING,      STOP,             OVER,         KILLED, SHUTDOWN
                    STAGING,      FAULT,            OVER,         KILLED, LOCAL_FAILURE

                    STAGED,       FOREIGN_FRAME,    OVER,         KILLED, TUNNEL_PROTOCOL
                    STAGED,       FILES_END,        OVER,         KILLED, TUNNEL_PROTOCOL
                    STAGED,       COMMIT,           COMMITTING,   RUNS,
                    STAGED,       RECOMMIT,         COMMITTING,   RUNS,
                    STAGED,       PEER_LOST,        DISCONNECTED, PAUSED,
                    STAGED,       PEER_SILENT,      DISCONNECTED, PAUSED,
                    STAGED,       ABORT,            OVER,         KILLED, DUMP_FAILED
                    STAGED,       RESTORE_SUCCEEDS, OVER,         KILLED, RESTORE_FAILED
                    STAGED,       RESTORE_FAILS,    OVER,         KILLED, RESTORE_FAILED
                    STAGED,       EXIT_LOST,        OVER,         KILLED, LOCAL_FAILURE
                    STAGED,       STOP,             STAGED,       PAUSED,
                    STAGED,       FAULT,            OVER,         KILLED, LOCAL_FAILURE

                    DISCONNECTED, RECOMMIT,         COMMITTING,   RUNS,
                    DISCONNECTED, PEER_LOST,        DISCONNECTED, PAUSED,
                    DISCONNECTED, PEER_SILENT,      DISCONNECTED, PAUSED,
                    DISCONNECTED, RESTORE_SUCCEEDS, OVER,         KILLED, RESTORE_FAILED
                    DISCONNECTED, RESTORE_FAILS,    OVER,         KILLED, RESTORE_FAILED
                    DISCONNECTED, EXIT_LOST,        OVER,         KILLED, LOCAL_FAILURE
                    DISCONNECTED, STOP,             DISCONNECTED, PAUSED,

                    COMMITTING,   FOREIGN_FRAME,    COMMITTING,   RUNS,
                    COMMITTING,   FILES_END,        COMMITTING,   RUNS,
                    COMMITTING,   COMMIT,           COMMITTING,   RUNS,
                    COMMITTING,   RECOMMIT,         COMMITTING,   RUNS,
                    COMMITTING,   PEER_LOST,        COMMITTING,   RUNS,
                    COMMITTING,   PEER_SILENT,      COMMITTING,   RUNS,
                    COMMITTING,   ABORT,            COMMITTING,   RUNS,
                    COMMITTING,   RESTORE_SUCCEEDS, OVER,         RUNS,   COMPLETED
                    COMMITTING,   RESTORE_FAILS,    OVER,         RUNS,   RESTORE_FAILED
                    COMMITTING,   EXIT_LOST,        OVER,         RUNS,   LOCAL_FAILURE
                    COMMITTING,   STOP,             COMMITTING,   RUNS,
                    COMMITTING,   FAULT,            COMMITTING,   RUNS,

                    OVER,         FOREIGN_FRAME,    OVER,         KILLED, SHUTDOWN
                    OVER,         FILES_END,        OVER,         KILLED, SHUTDOWN
                    OVER,         COMMIT,           OVER,         KILLED, SHUTDOWN
                    OVER,         RECOMMIT,         OVER,         KILLED, SHUTDOWN
                    OVER,         PEER_LOST,        OVER,         KILLED, SHUTDOWN
                    OVER,         ABORT,            OVER,         KILLED, SHUTDOWN
                    OVER,         STOP,             OVER,         KILLED, SHUTDOWN
                    OVER,         FAULT,            OVER,         KILLED, SHUTDOWN
                    """)
    void eventLeadsToStateTreeAndReason(
            Stage stage,
            Event event,
            MigrationState next,
            Tree tree,
            CloseReason reason,
            @TempDir Path folder)
            throws Exception {
        try (ScriptedMigration migration = new ScriptedMigration(folder)) {
            stage.reach(migration);
            migration.settle();
            event.happen(migration);
            migration.settle();
            assertThat(migration.state()).isEqualTo(next);
            if (reason != null) {
                assertThat(migration.over().outcome().reason()).isEqualTo(reason);
            }
            assertThat(treeOf(migration, stage)).isEqualTo(tree);
            assertThat(migration.restore.killed).isEqualTo(tree == Tree.KILLED);
        }
    }

    private static Tree treeOf(ScriptedMigration migration, Stage stage) {
        if (migration.restore.givenUp) {
            return Tree.KILLED;
        } else if (stage.compareTo(Stage.STAGING) < 0) {
            return Tree.NONE;
        }
        return migration.restore.running ? Tree.RUNS : Tree.PAUSED;
    }
}
