package io.pageproxy.dest.migrate;

import static io.pageproxy.dest.migrate.ScriptedMigration.CONTENT;
import static io.pageproxy.dest.migrate.ScriptedMigration.SESSION;
import static io.pageproxy.dest.migrate.ScriptedMigration.SOURCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pageproxy.dest.Peers;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.frame.Frame.File;
import io.pageproxy.frame.Frame.Staged;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenarios of a push migration; the tables of states and events are in other tests. */
@Timeout(30)
class MigrationSessionTest {
    private ScriptedMigration migration;

    @BeforeEach
    void script(@TempDir Path folder) throws Exception {
        migration = new ScriptedMigration(folder);
    }

    @AfterEach
    void close() {
        migration.close();
    }

    @Test
    void treeRunsOnlyAfterCommit() throws Exception {
        migration.staged();
        assertThat(migration.restore.running).isFalse();
        assertThat(migration.folder.resolve(".incomplete")).exists();

        migration.says(new Commit());
        assertThat(migration.hears(Committed.class).pid()).hasValue(ScriptedRestore.PID);
        assertThat(migration.restore.running).isTrue();
        assertThat(migration.folder.resolve("core-1.img")).hasBinaryContent(CONTENT);
        assertThat(migration.folder.resolve(".incomplete")).doesNotExist();
        assertThat(migration.over().outcome().good()).isTrue();
    }

    @Test
    void commitBeforeStagedIsRefusedAndKillsTheTree() throws Exception {
        migration.restoring();
        migration.says(new Commit());
        assertThat(migration.over().outcome().reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL);
        assertThat(migration.restore.running).isFalse();
        assertThat(migration.restore.givenUp).isTrue();
    }

    @Test
    void lostConnectionBeforeCommitKillsTheTreeAfterTheTimeoutAndKeepsTheImages() throws Exception {
        migration.peerTimeoutMillis = 1;
        migration.staged();
        migration.loseConnection();
        assertThat(migration.over().outcome().message())
                .contains("nothing runs here")
                .contains("criu restore");
        assertThat(migration.restore.givenUp).isTrue();
        assertThat(migration.folder.resolve("core-1.img")).exists();
        assertThat(migration.folder.resolve(".incomplete"))
                .content()
                .contains("criu restore -D " + migration.folder);
    }

    @Test
    void recommitAfterALostConnectionGetsTheSameAnswerEachTime() throws Exception {
        migration.staged();
        migration.loseConnection();
        assertThat(migration.restore.givenUp).isFalse();
        assertThat(migration.restore.running).isFalse();

        assertThat(migration.recommit().get().pid()).hasValue(ScriptedRestore.PID);
        assertThat(migration.restore.running).isTrue();
        assertThat(migration.recommit().get().pid()).hasValue(ScriptedRestore.PID);
        assertThat(migration.over().outcome().good()).isTrue();
        assertThat(migration.recommit().get().pid()).hasValue(ScriptedRestore.PID);
    }

    @Test
    void recommitIsAcceptedWhileTheFirstConnectionSeemsAlive() throws Exception {
        migration.staged();
        assertThat(migration.recommit().get().pid()).hasValue(ScriptedRestore.PID);
        assertThat(migration.over().outcome().good()).isTrue();
    }

    @Test
    void recommitAfterTheTimeoutIsRefusedSinceNothingRuns() throws Exception {
        migration.peerTimeoutMillis = 100;
        migration.staged();
        migration.loseConnection();
        Migration late = migration.services.registry().find(migration.token(), SOURCE);
        migration.over();
        assertThatThrownBy(() -> migration.recommit(late).get())
                .hasMessageContaining("nothing runs here");
        assertThat(migration.restore.running).isFalse();
        await().until(() -> migration.services.registry().size() == 0);
        assertThatThrownBy(migration::recommit)
                .hasMessageContaining("no longer knows this migration");
    }

    @Test
    void recommitBeforeStagedChangesNothing() throws Exception {
        migration.restoring();
        assertThatThrownBy(() -> migration.recommit().get()).hasMessageContaining("while STAGING");
        migration.restore.ready.complete(null);
        migration.hears(Staged.class);
        assertThat(migration.restore.running).isFalse();
    }

    @Test
    void tokenOfAnotherPeerIsAnsweredLikeAWrongToken() throws Exception {
        migration.staged();
        MigrationRegistry all = migration.services.registry();
        PeerIdentity other = Peers.peer("other", "bb".repeat(32));
        for (String token : List.of(migration.token(), "0".repeat(64))) {
            PeerIdentity peer = token.startsWith("0000") ? SOURCE : other;
            assertThatThrownBy(() -> all.find(token, peer))
                    .hasMessageContaining("no longer knows this migration");
        }
    }

    @ParameterizedTest(name = "connection lost: {0}")
    @ValueSource(booleans = {false, true})
    void drainTimeoutDoesNotKillAnUndecidedCopy(boolean lost) throws Exception {
        migration.staged();
        if (lost) {
            migration.loseConnection();
        }
        migration.onLoop(
                () -> migration.session.stop("told to stop, and not done within --drain-timeout"));
        migration.onLoop(() -> {}); // Whatever stop has begun is done.
        assertThat(migration.restore.givenUp).isFalse();
        assertThat(migration.recommit().get().pid()).hasValue(ScriptedRestore.PID);
        assertThat(migration.restore.running).isTrue();
        assertThat(migration.over().outcome().good()).isTrue();
    }

    @Test
    void drainKeepsAnUndecidedCopyOnlyForTheTimeout() throws Exception {
        migration.peerTimeoutMillis = 100;
        migration.staged();
        migration.onLoop(() -> migration.session.stop("told to stop"));
        assertThat(migration.over().outcome().message())
                .startsWith("told to stop before the source said")
                .contains("criu restore -D");
        assertThat(migration.restore.givenUp).isTrue();
    }

    @Test
    void drainTimeoutBeforeStagedFailsTheMigration() throws Exception {
        migration.restoring();
        migration.onLoop(() -> migration.session.stop("told to stop"));
        assertThat(migration.over().outcome().reason()).isEqualTo(CloseReason.SHUTDOWN);
        assertThat(migration.restore.givenUp).isTrue();
    }

    /** Otherwise the drain would end, and the source could no longer ask. */
    @Test
    void migrationIsOpenUntilTheSourceHasReceivedTheOutcome() throws Exception {
        migration.staged();
        migration.loseConnection();
        assertThat(migration.recommit().get().pid()).hasValue(ScriptedRestore.PID);
        assertThat(migration.over().outcome().good()).isTrue();
        assertThat(migration.services.registry().anyOpen()).isTrue();
        migration.onLoop(migration.session::outcomeHeard);
        assertThat(migration.services.registry().anyOpen()).isFalse();
    }

    @Test
    void migrationIsClosedAfterATimeoutIfItsSourceNeverAsks() throws Exception {
        migration.peerTimeoutMillis = 300;
        migration.staged();
        migration.loseConnection();
        migration.recommit().get();
        migration.services.registry().awaitEnded();
        assertThat(migration.over().outcome().good()).isTrue();
    }

    /** Otherwise the tree would stay paused and nothing would end the migration. */
    @Test
    void lostExitOfTheRestoreFailsTheMigration() throws Exception {
        migration.restoring();
        migration.restore.exit.completeExceptionally(
                new IllegalStateException("the exit status is lost"));
        assertThat(migration.hears(Abort.class).message()).contains("the exit status is lost");
        assertThat(migration.over().outcome().reason()).isEqualTo(CloseReason.LOCAL_FAILURE);
    }

    @Test
    void errorOnAWorkerFailsTheMigration() throws Exception {
        migration.restore.fault = new StackOverflowError();
        migration.allSent();
        assertThat(migration.over().outcome().message()).contains("StackOverflowError");
    }

    @Test
    void exceptionOnTheEventLoopFailsTheMigration() throws Exception {
        migration.restore.faultOfRoot = new IllegalStateException("as it were");
        migration.staged();
        migration.says(new Commit());
        assertThat(migration.over().outcome().message()).contains("as it were");
    }

    @Test
    void tasksThatAKilledRestoreLeavesAreNamedIfTheyCannotBeKilled() throws Exception {
        migration.restore.left = List.of(4711L, 4712L);
        migration.staged();
        migration.restore.exit.complete(ExitStatus.killed(9));
        assertThat(migration.hears(Abort.class).message())
                .contains("killed by SIGKILL")
                .contains("its tasks [4711, 4712] could not be killed");
        migration.over();
    }

    @Test
    void tasksThatMayRunAreNamedAndNotKilled() throws Exception {
        migration.restore.left = List.of(4711L);
        migration.restore.exitOfRun = Optional.of(ExitStatus.killed(9));
        migration.staged();
        migration.says(new Commit());
        assertThat(migration.hears(Abort.class).message())
                .contains("its tasks [4711] are there, check whether they run");
        assertThat(migration.restore.killed).isFalse();
        migration.over();
    }

    @Test
    void abortKillsTheTreeAndDeletesTheFiles() throws Exception {
        migration.staged();
        migration.says(new Abort(CloseReason.SHUTDOWN, "told to stop", Optional.empty()));
        assertThat(migration.over().outcome().reason()).isEqualTo(CloseReason.SHUTDOWN);
        assertThat(migration.restore.givenUp).isTrue();
        assertThat(migration.folder.resolve("core-1.img")).doesNotExist();
        assertThat(migration.folder.resolve(".incomplete")).exists();
    }

    @Test
    void nothingStopsTheTreeAfterCommit() throws Exception {
        migration.staged();
        migration.onLoop(
                () -> {
                    migration.session.onFrame(new Commit());
                    migration.session.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut");
                    migration.session.fail(CloseReason.SHUTDOWN, "told to stop");
                });
        assertThat(migration.over().outcome().good()).isTrue();
        assertThat(migration.restore.givenUp).isFalse();
    }

    @Test
    void failedRestoreIsReportedAndDeletesTheFiles() throws Exception {
        migration.restoring();
        migration.restore.exit.complete(ExitStatus.exited(1));
        assertThat(migration.hears(Abort.class).reason()).isEqualTo(CloseReason.RESTORE_FAILED);
        migration.over();
        assertThat(migration.folder.resolve("core-1.img")).doesNotExist();
    }

    @Test
    void filesAreAcceptedOnlyFromThePeerThatSentThePages() throws Exception {
        migration.attach();
        migration.onLoop(
                () -> {
                    MigrationRegistry all = migration.services.registry();
                    PeerIdentity other = Peers.peer("other", "bb");
                    assertThat(all.pagesWhole(SESSION, other, null)).isFalse();
                    assertThat(all.pagesWhole(Optional.of("db"), SOURCE, null)).isFalse();
                });
        migration.says(new File("core-1.img", 3));
        assertThat(migration.over().outcome().message()).contains("before this source's pages");
        assertThat(migration.folder.resolve(".incomplete")).doesNotExist();
    }

    @Test
    void failureBeforeTheFirstFileLeavesTheFolderMarked() throws Exception {
        migration.pagesWhole();
        migration.loseConnection();
        assertThat(migration.over().outcome().reason()).isEqualTo(CloseReason.PEER_LOST);
        assertThat(migration.folder.resolve(".incomplete"))
                .content()
                .contains("the tunnel was cut");
        assertThat(migration.folder.resolve("pagemap-1.img")).exists();
    }

    @Test
    void fileThatIsReadBeforeThePagesAreTakenIsAllowed() throws Exception {
        migration.attach();
        ImagesFolder claimed = ImagesFolder.reopen(migration.folder);
        migration.onLoop(
                () -> {
                    migration.services.registry().pagesWhole(SESSION, SOURCE, claimed);
                    migration.reads(new File("core-1.img", 3));
                    assertThat(migration.session.state()).isEqualTo(MigrationState.RECEIVING);
                });
        migration.loseConnection();
        migration.over();
    }

    @Test
    void pagesOfAFailedMigrationStayMarked() throws Exception {
        migration.attach();
        ImagesFolder claimed = ImagesFolder.reopen(migration.folder);
        migration.onLoop(() -> migration.session.fail(CloseReason.PEER_LOST, "the tunnel was cut"));
        migration.onLoop(() -> migration.session.onPagesWhole(claimed));
        migration.over();
        await().untilAsserted(
                        () ->
                                assertThat(migration.folder.resolve(".incomplete"))
                                        .content()
                                        .contains("the migration of these pages has failed"));
    }

    @Test
    void failureOfThePagesSessionFailsTheMigration() throws Exception {
        migration.pagesWhole();
        Outcome lost = Outcome.failed(Side.SOURCE, CloseReason.DUMPER_LOST, "the dumper left");
        migration.onLoop(() -> migration.services.registry().pagesFailed(SESSION, SOURCE, lost));
        assertThat(migration.over().outcome()).isEqualTo(lost);
        assertThat(migration.folder.resolve(".incomplete")).content().contains("the dumper left");
    }

    @Test
    void blockOutOfSequenceIsRefused() throws Exception {
        migration.receiving();
        migration.says(ScriptedMigration.block(1));
        assertThat(migration.over().outcome().reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL);
        assertThat(migration.folder.resolve(".adding-0")).doesNotExist();
    }
}
