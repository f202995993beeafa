package io.pageproxy.dest.migrate;

import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.FilesEnd;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Rows and columns of the tables of a migration's states and events. */
final class MigrationTable {
    private MigrationTable() {}

    /** Ways to bring a migration into a state. */
    enum Stage {
        WAITING,
        RECEIVING,
        STAGING,
        STAGED,
        DISCONNECTED,
        COMMITTING,
        /** Lazy only: the tree runs and lacks pages. */
        RUNNING,
        /** Lazy only: the tree has all its pages. */
        WHOLE,
        OVER;

        void reach(ScriptedMigration migration) throws Exception {
            migration.restore.exitOfRun = Optional.empty();
            switch (this) {
                case WAITING -> migration.waiting();
                case RECEIVING -> migration.receiving();
                case STAGING -> migration.restoring();
                case STAGED -> migration.staged();
                case DISCONNECTED -> {
                    migration.staged();
                    migration.loseConnection();
                }
                case COMMITTING -> {
                    migration.staged();
                    migration.says(new Commit());
                }
                case RUNNING -> {
                    COMMITTING.reach(migration);
                    migration.restore.exit.complete(ExitStatus.exited(0));
                    migration.hears(Committed.class);
                }
                case WHOLE -> {
                    RUNNING.reach(migration);
                    migration.lazyRestore().whole().get();
                }
                case OVER -> {
                    migration.waiting();
                    migration.onLoop(
                            () -> migration.session.fail(CloseReason.SHUTDOWN, "told to stop"));
                }
            }
        }
    }

    /** What happens to a migration. */
    enum Event {
        /** A frame of another kind of session. */
        FOREIGN_FRAME,
        /** A frame of this kind of session that no state but RECEIVING expects. */
        FILES_END,
        COMMIT,
        RECOMMIT,
        PEER_LOST,
        PEER_SILENT,
        ABORT,
        RESTORE_READY,
        RESTORE_SUCCEEDS,
        RESTORE_FAILS,
        /** The exit status of the restore is lost. */
        EXIT_LOST,
        /** The drain timeout has passed. */
        STOP,
        /** A handler of the connection throws an unexpected exception. */
        FAULT,
        /** Lazy only: the session of the pages fails. */
        PAGES_FAIL,
        /** Lazy only: the source has killed its tasks. */
        RELEASED;

        void happen(ScriptedMigration migration) throws Exception {
            switch (this) {
                case FOREIGN_FRAME -> migration.says(new End(StreamTotals.NONE, 0));
                case FILES_END -> migration.says(new FilesEnd(7, 7));
                case COMMIT -> migration.says(new Commit());
                case RECOMMIT -> migration.onLoop(() -> recommit(migration));
                case PEER_LOST -> migration.loseConnection(CloseReason.PEER_LOST);
                case PEER_SILENT -> migration.loseConnection(CloseReason.PEER_SILENT);
                case ABORT ->
                        migration.says(
                                new Abort(CloseReason.DUMP_FAILED, "given up", Optional.empty()));
                case RESTORE_READY -> migration.restore.ready.complete(null);
                case RESTORE_SUCCEEDS -> migration.restore.exit.complete(ExitStatus.exited(0));
                case RESTORE_FAILS -> migration.restore.exit.complete(ExitStatus.exited(1));
                case EXIT_LOST ->
                        migration.restore.exit.completeExceptionally(
                                new IllegalStateException("the exit is lost"));
                case STOP -> migration.onLoop(() -> migration.session.stop("told to stop"));
                case FAULT ->
                        migration.onLoop(
                                () ->
                                        migration
                                                .wire
                                                .pipeline()
                                                .fireExceptionCaught(
                                                        new IllegalStateException("in a test")));
                case PAGES_FAIL ->
                        migration
                                .lazyRestore()
                                .failed(
                                        Outcome.failed(
                                                Side.DESTINATION,
                                                CloseReason.PEER_LOST,
                                                "pages lost"));
                case RELEASED -> migration.lazyRestore().released();
            }
        }

        private static void recommit(ScriptedMigration migration) {
            CompletableFuture<Committed> answer;
            try {
                answer = migration.session.onRecommit();
            } catch (SessionException refused) {
                answer = CompletableFuture.failedFuture(refused);
            }
            migration.answer = answer;
        }
    }
}
