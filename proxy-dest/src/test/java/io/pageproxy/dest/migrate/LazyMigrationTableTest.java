package io.pageproxy.dest.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.dest.migrate.MigrationTable.Event;
import io.pageproxy.dest.migrate.MigrationTable.Stage;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each state of a lazy migration and each event: the next state, its tree, and why it is over. The
 * tree is a real process, which the scripted restore neither starts nor resumes: until it is killed
 * it sleeps (S), unless its watchdog stops it (T).
 */
@Timeout(60)
class LazyMigrationTableTest {
    /** The restore fails because it has lost its daemon; its end may be noticed first. */
    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"STAGING", "STAGED", "COMMITTING"})
    void plainExitOfARestoreWhoseDaemonWasKilledIsNotTheCause(Stage stage, @TempDir Path folder)
            throws Exception {
        try (ScriptedMigration migration = new ScriptedMigration(folder)) {
            migration.attachLazily();
            migration.restore.exitOfRun = Optional.empty();
            stage.reach(migration);
            migration.settle();
            migration.restore.killDaemon();
            migration.restore.exit.complete(ExitStatus.exited(1));

            assertThat(migration.over().outcome().reason())
                    .isEqualTo(CloseReason.PAGE_SERVER_FAILED);
            assertThat(migration.over().outcome().message())
                    .startsWith("criu lazy-pages ended before the restored tree could run: killed");
        }
    }

    @ParameterizedTest(name = "{0} and {1}: {2}, tree {3}")
    @CsvSource(
            textBlock =
                    """
                    WAITING,    FOREIGN_FRAME,    OVER,       S, TUNNEL_PROTOCOL
                    WAITING,    RECOMMIT,         WAITING,    S,
                    WAITING,    PEER_LOST,        OVER,       S, PEER_LOST
                    WAITING,    ABORT,            OVER,       S, DUMP_FAILED
                    WAITING,    STOP,             OVER,       S, SHUTDOWN
                    WAITING,    PAGES_FAIL,       OVER,       S, PEER_LOST
                    WAITING,    FAULT,            OVER,       S, LOCAL_FAILURE

                    RECEIVING,  FILES_END,        OVER,       S, TUNNEL_PROTOCOL
                    RECEIVING,  PEER_SILENT,      OVER,       S, PEER_SILENT
                    RECEIVING,  PAGES_FAIL,       OVER,       S, PEER_LOST

                    STAGING,    COMMIT,           OVER,       S, TUNNEL_PROTOCOL
                    STAGING,    RECOMMIT,         STAGING,    S,
                    STAGING,    PEER_LOST,        OVER,       S, PEER_LOST
                    STAGING,    RESTORE_READY,    STAGED,     S,
                    STAGING,    RESTORE_FAILS,    OVER,       S, RESTORE_FAILED
                    STAGING,    EXIT_LOST,        OVER,       S, LOCAL_FAILURE
                    STAGING,    STOP,             OVER,       S, SHUTDOWN
                    STAGING,    PAGES_FAIL,       OVER,       S, PEER_LOST

                    STAGED,     FOREIGN_FRAME,    OVER,       X, TUNNEL_PROTOCOL
                    STAGED,     COMMIT,           COMMITTING, S,
                    STAGED,     RECOMMIT,         OVER,       X, PEER_LOST
                    STAGED,     PEER_LOST,        OVER,       X, PEER_LOST
                    STAGED,     PEER_SILENT,      OVER,       X, PEER_SILENT
                    STAGED,     ABORT,            OVER,       X, DUMP_FAILED
                    STAGED,     RESTORE_FAILS,    OVER,       X, RESTORE_FAILED
                    STAGED,     EXIT_LOST,        OVER,       X, LOCAL_FAILURE
                    STAGED,     STOP,             OVER,       X, SHUTDOWN
                    STAGED,     PAGES_FAIL,       OVER,       X, PEER_LOST
                    STAGED,     FAULT,            OVER,       X, LOCAL_FAILURE

                    COMMITTING, FOREIGN_FRAME,    OVER,       X, TUNNEL_PROTOCOL
                    COMMITTING, RECOMMIT,         OVER,       X, PEER_LOST
                    COMMITTING, PEER_LOST,        OVER,       X, PEER_LOST
                    COMMITTING, ABORT,            OVER,       X, DUMP_FAILED
                    COMMITTING, RESTORE_SUCCEEDS, COMMITTING, S,
                    COMMITTING, RESTORE_FAILS,    OVER,       X, RESTORE_FAILED
                    COMMITTING, EXIT_LOST,        OVER,       X, LOCAL_FAILURE
                    COMMITTING, STOP,             OVER,       X, SHUTDOWN
                    COMMITTING, PAGES_FAIL,       OVER,       X, PEER_LOST
                    COMMITTING, FAULT,            OVER,       X, LOCAL_FAILURE

                    RUNNING,    FOREIGN_FRAME,    OVER,       X, TUNNEL_PROTOCOL
                    RUNNING,    RECOMMIT,         OVER,       X, PEER_LOST
                    RUNNING,    PEER_LOST,        OVER,       X, PEER_LOST
                    RUNNING,    PEER_SILENT,      OVER,       X, PEER_SILENT
                    RUNNING,    ABORT,            OVER,       X, DUMP_FAILED
                    RUNNING,    STOP,             OVER,       X, SHUTDOWN
                    RUNNING,    PAGES_FAIL,       OVER,       X, PEER_LOST
                    RUNNING,    FAULT,            OVER,       X, LOCAL_FAILURE
                    RUNNING,    RELEASED,         COMMITTING, S,

                    WHOLE,      FOREIGN_FRAME,    COMMITTING, S,
                    WHOLE,      RECOMMIT,         COMMITTING, S,
                    WHOLE,      PEER_LOST,        COMMITTING, S,
                    WHOLE,      PEER_SILENT,      COMMITTING, S,
                    WHOLE,      ABORT,            COMMITTING, S,
                    WHOLE,      STOP,             COMMITTING, S,
                    WHOLE,      FAULT,            COMMITTING, S,
                    WHOLE,      PAGES_FAIL,       COMMITTING, T,
                    WHOLE,      RELEASED,         OVER,       S, COMPLETED

                    OVER,       RECOMMIT,         OVER,       S, SHUTDOWN
                    OVER,       PEER_LOST,        OVER,       S, SHUTDOWN
                    OVER,       PAGES_FAIL,       OVER,       S, SHUTDOWN
                    OVER,       RELEASED,         OVER,       S, SHUTDOWN
                    """)
    void eventLeadsToStateTreeAndReason(
            Stage stage,
            Event event,
            MigrationState next,
            char tree,
            CloseReason reason,
            @TempDir Path folder)
            throws Exception {
        try (ScriptedMigration migration = new ScriptedMigration(folder)) {
            migration.attachLazily();
            stage.reach(migration);
            migration.settle();
            event.happen(migration);
            migration.settle();
            if (stage == Stage.STAGING && event == Event.RESTORE_READY) {
                await().until(() -> migration.state() == next);
            }
            assertThat(migration.state()).isEqualTo(next);
            if (reason != null) {
                assertThat(migration.over().outcome().reason()).isEqualTo(reason);
            }
            if (tree == 'X') {
                assertThat(migration.restore.treeIsDead()).isTrue();
            } else {
                await().until(() -> migration.restore.treeState() == tree);
            }
        }
    }
}
