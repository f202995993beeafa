package io.pageproxy.source.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.async.BackgroundTask;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.FilesEnd;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import io.pageproxy.source.migrate.SleepingTree.State;
import io.pageproxy.source.migrate.commit.CommitProtocol;
import io.pageproxy.source.migrate.commit.FilesConnection;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.RoundsChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each event in each phase of a push migration: how it ends, which frames the destination receives,
 * and whether the tree runs on. The tree and the dump's action script are real processes.
 */
@Timeout(60)
class PushMigrationTest {
    /**
     * Time for which new connections are tried; long enough for the first one on a busy machine.
     */
    private static final Duration PEER_TIMEOUT = Duration.ofSeconds(2);

    @TempDir private Path folder;
    private final SleepingTree tree = new SleepingTree();
    private final FakePagePusher pusher = new FakePagePusher(tree);
    private final ScriptedDestination destination = new ScriptedDestination();
    private MigrationContext context;
    private Migration migration;
    private CompletableFuture<MigrationReport> running;

    /** The phase in which the migration is held when the event occurs. */
    enum Phase {
        CONNECTING,
        DUMPING,
        SENDING_FILES,
        RESTORING,
        ENDING_TASKS,
        COMMITTING
    }

    /** What happens in that phase. */
    enum Event {
        SUCCESS,
        PEER_LOST,
        PEER_SILENT,
        ABORT,
        DUMP_FAILS,
        STOP,
        FAULT
    }

    @BeforeEach
    void makeImages() throws IOException {
        Files.write(folder.resolve("core-1.img"), new byte[5_000]);
        Files.write(folder.resolve("pages-1.img"), new byte[5_000]);
    }

    @AfterEach
    void close() {
        if (migration != null) {
            migration.close();
        }
        destination.close();
        tree.close();
    }

    @ParameterizedTest(name = "{0}, {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "CONNECTING    | SUCCESS     | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "CONNECTING    | PEER_LOST   | PEER_LOST      | SOURCE      | Attach",
                "CONNECTING    | PEER_SILENT | PEER_SILENT    | SOURCE      | Attach Abort(peer_silent)",
                "CONNECTING    | ABORT       | RESTORE_FAILED | SOURCE      | Attach",
                "CONNECTING    | STOP        | SHUTDOWN       | SOURCE      | Attach Abort(shutdown)",
                "CONNECTING    | FAULT       | LOCAL_FAILURE  | SOURCE      | ''",
                "DUMPING       | SUCCESS     | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "DUMPING       | PEER_LOST   | PEER_LOST      | SOURCE      | Attach",
                "DUMPING       | PEER_SILENT | PEER_SILENT    | SOURCE      | Attach Abort(peer_silent)",
                "DUMPING       | ABORT       | RESTORE_FAILED | SOURCE      | Attach",
                "DUMPING       | DUMP_FAILS  | DUMPER_LOST    | SOURCE      | Attach Abort(dumper_lost)",
                "DUMPING       | STOP        | SHUTDOWN       | SOURCE      | Attach Abort(shutdown)",
                "DUMPING       | FAULT       | LOCAL_FAILURE  | SOURCE      | Attach Abort(local_failure)",
                "SENDING_FILES | SUCCESS     | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "SENDING_FILES | PEER_LOST   | PEER_LOST      | SOURCE      | Attach",
                "SENDING_FILES | PEER_SILENT | PEER_SILENT    | SOURCE      | Attach Abort(peer_silent)",
                "SENDING_FILES | ABORT       | RESTORE_FAILED | SOURCE      | Attach",
                "SENDING_FILES | DUMP_FAILS  | DUMPER_LOST    | SOURCE      | Attach Abort(dumper_lost)",
                "SENDING_FILES | STOP        | SHUTDOWN       | SOURCE      | Attach Abort(shutdown)",
                "SENDING_FILES | FAULT       | LOCAL_FAILURE  | SOURCE      | Attach Abort(local_failure)",
                "RESTORING     | SUCCESS     | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "RESTORING     | PEER_LOST   | PEER_LOST      | SOURCE      | Attach FilesEnd",
                "RESTORING     | PEER_SILENT | PEER_SILENT    | SOURCE      | Attach FilesEnd Abort(peer_silent)",
                "RESTORING     | ABORT       | RESTORE_FAILED | SOURCE      | Attach FilesEnd",
                "RESTORING     | DUMP_FAILS  | DUMPER_LOST    | SOURCE      | Attach FilesEnd Abort(dumper_lost)",
                "RESTORING     | STOP        | SHUTDOWN       | SOURCE      | Attach FilesEnd Abort(shutdown)",
                "RESTORING     | FAULT       | LOCAL_FAILURE  | SOURCE      | Attach FilesEnd Abort(local_failure)",
                "ENDING_TASKS  | SUCCESS     | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "ENDING_TASKS  | PEER_LOST   | COMPLETED      | DESTINATION | Attach FilesEnd Recommit",
                "ENDING_TASKS  | PEER_SILENT | COMPLETED      | DESTINATION | Attach FilesEnd Abort(peer_silent) Recommit",
                "ENDING_TASKS  | ABORT       | RESTORE_FAILED | IMAGES      | Attach FilesEnd",
                "ENDING_TASKS  | DUMP_FAILS  | DUMPER_LOST    | SOURCE      | Attach FilesEnd Abort(dumper_lost)",
                "ENDING_TASKS  | STOP        | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "ENDING_TASKS  | FAULT       | DUMPER_LOST    | SOURCE      | Attach FilesEnd Abort(dumper_lost)",
                "COMMITTING    | SUCCESS     | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "COMMITTING    | PEER_LOST   | COMPLETED      | DESTINATION | Attach FilesEnd Commit Recommit",
                "COMMITTING    | PEER_SILENT | COMPLETED      | DESTINATION | Attach FilesEnd Commit Abort(peer_silent) Recommit",
                "COMMITTING    | ABORT       | RESTORE_FAILED | IMAGES      | Attach FilesEnd Commit",
                "COMMITTING    | STOP        | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "COMMITTING    | FAULT       | LOCAL_FAILURE  | UNKNOWN     | Attach FilesEnd Commit",
            })
    void exactlyOneCopyIsLeftAfterAnyEventInAnyPhase(
            Phase phase, Event event, CloseReason reason, Copy copy, String heard) {
        holdAt(phase, event);
        run(true);
        reach(phase, event);
        inject(phase, event);
        if (event == Event.SUCCESS || phase == Phase.ENDING_TASKS || phase == Phase.COMMITTING) {
            proceed(phase);
        }

        MigrationReport report = report();
        assertThat(report.outcome().reason()).as(report.toString()).isEqualTo(reason);
        assertThat(report.copy()).isEqualTo(copy);
        await().untilAsserted(() -> assertThat(destination.heard()).isEqualTo(heard));
        assertTree(copy);
        if (copy == Copy.SOURCE) {
            assertThat(report.outcome().message()).endsWith("; the tasks run on here");
        }
    }

    private void assertTree(Copy copy) {
        assertThat(tree.state()).isEqualTo(copy == Copy.SOURCE ? State.RUNS : State.GONE);
    }

    private void holdAt(Phase phase, Event event) {
        if (phase == Phase.CONNECTING && event == Event.FAULT) {
            destination.failDialling(new StackOverflowError());
        }
        switch (phase) {
            case CONNECTING -> destination.withhold(Attach.class);
            case SENDING_FILES -> destination.stallBlocks();
            case RESTORING -> destination.withhold(FilesEnd.class);
            case COMMITTING -> destination.withhold(Commit.class);
            case DUMPING, ENDING_TASKS -> {}
        }
        if (phase != Phase.DUMPING) {
            pusher.pages.complete(FakePagePusher.good());
        }
        if (phase != Phase.ENDING_TASKS) {
            pusher.exit.complete(0);
        }
        if (phase == Phase.SENDING_FILES && event == Event.FAULT) {
            destination.exhaustMemory();
        }
    }

    private void reach(Phase phase, Event event) {
        if (event == Event.FAULT && (phase == Phase.CONNECTING || phase == Phase.SENDING_FILES)) {
            return; // holdAt has already arranged the fault.
        }
        switch (phase) {
            case CONNECTING -> destination.awaitHeard(Attach.class);
            case DUMPING -> pusher.began.join();
            case SENDING_FILES -> destination.awaitStalled();
            case RESTORING -> destination.awaitHeard(FilesEnd.class);
            case ENDING_TASKS -> pusher.letGo.join();
            case COMMITTING -> destination.awaitHeard(Commit.class);
        }
    }

    private void inject(Phase phase, Event event) {
        switch (event) {
            case SUCCESS -> {}
            case PEER_LOST -> destination.cut();
            case PEER_SILENT -> destination.fallSilent();
            case ABORT -> destination.abort(CloseReason.RESTORE_FAILED);
            case STOP -> migration.stop();
            case DUMP_FAILS -> failDump(phase);
            case FAULT -> injectFault(phase);
        }
    }

    private void failDump(Phase phase) {
        if (phase == Phase.DUMPING) {
            pusher.pages.complete(
                    Outcome.failed(Side.SOURCE, CloseReason.DUMPER_LOST, "the dumper left"));
        } else if (phase == Phase.ENDING_TASKS) {
            pusher.exit.complete(1);
        } else {
            pusher.held.join().destroyForcibly();
        }
    }

    private void injectFault(Phase phase) {
        Error fault = new StackOverflowError();
        switch (phase) {
            case CONNECTING, SENDING_FILES -> {}
            case DUMPING -> pusher.pages.completeExceptionally(fault);
            case RESTORING -> context.files().staged().completeExceptionally(fault);
            case ENDING_TASKS -> pusher.exit.completeExceptionally(fault);
            case COMMITTING -> {
                destination.failDialling(fault);
                destination.cut();
            }
        }
    }

    private void proceed(Phase phase) {
        switch (phase) {
            case CONNECTING -> destination.answer(ScriptedDestination.attached());
            case DUMPING -> pusher.pages.complete(FakePagePusher.good());
            case SENDING_FILES -> destination.releaseBlocks();
            case RESTORING -> destination.answer(ScriptedDestination.staged());
            case ENDING_TASKS -> pusher.exit.complete(0);
            case COMMITTING -> destination.answer(ScriptedDestination.committed());
        }
    }

    private void run(boolean restore) {
        MigrationPlan plan =
                new MigrationPlan(
                        "criu", tree.pid(), folder, RoundsChoice.NONE, restore, List.of());
        FilesConnection files =
                new FilesConnection(
                        new Attach(
                                "source",
                                Optional.of("web"),
                                restore,
                                false,
                                PEER_TIMEOUT.toMillis()));
        context =
                new MigrationContext(
                        plan,
                        files,
                        new CommitProtocol(files, destination, PEER_TIMEOUT),
                        new FirstFailure(),
                        new MigrationTimes());
        migration =
                new Migration(
                        context,
                        new PushTransfer(context, Optional.of("web"), pusher),
                        destination,
                        Duration.ofSeconds(30));
        running = BackgroundTask.start("migration", migration::run);
    }

    private MigrationReport report() {
        return running.orTimeout(20, TimeUnit.SECONDS).join();
    }

    static Stream<Throwable> throwables() {
        return Stream.of(
                new IOException("cannot be read"),
                new IllegalStateException("a fault"),
                new StackOverflowError(),
                new OutOfMemoryError("no memory"));
    }

    @ParameterizedTest
    @MethodSource("throwables")
    void anyExceptionFailsTheHeldDumpAndItsTasksKeepRunning(Throwable thrown) throws Exception {
        destination.withhold(FilesEnd.class);
        pusher.unattended();
        run(true);
        destination.awaitHeard(FilesEnd.class);
        context.files().staged().completeExceptionally(thrown);

        assertThat(report().copy()).isEqualTo(Copy.SOURCE);
        assertThat(pusher.held.join().waitFor()).isNotZero();
        assertTree(Copy.SOURCE);
    }

    @Test
    void unreadableImagesFolderIsALocalFailureThatNamesIt() throws Exception {
        pusher.exit.complete(0);
        run(true);
        pusher.began.join();
        Files.delete(folder.resolve("core-1.img"));
        Files.delete(folder.resolve("pages-1.img"));
        Files.delete(folder);
        pusher.pages.complete(FakePagePusher.good());

        Outcome outcome = report().outcome();
        assertThat(outcome.reason()).isEqualTo(CloseReason.LOCAL_FAILURE);
        assertThat(outcome.message()).startsWith("an image cannot be read: there is no " + folder);
        assertTree(Copy.SOURCE);
    }

    @Test
    void dumpThatFailsAfterItHasKilledItsTasksIsStillCommitted() {
        pusher.pages.complete(FakePagePusher.good());
        run(true);
        pusher.letGo.join();
        tree.kill();
        pusher.exit.complete(1);

        assertThat(report().copy()).isEqualTo(Copy.DESTINATION);
        assertThat(report().pid()).hasValue(ScriptedDestination.PID);
    }

    @Test
    void commitThatWasNeverSentLeavesOnlyTheImages() {
        pusher.pages.complete(FakePagePusher.good());
        run(true);
        pusher.letGo.join();
        destination.refuse();
        destination.cut();
        pusher.exit.complete(0);

        assertThat(report().copy()).isEqualTo(Copy.IMAGES);
        assertThat(report().outcome().reason()).isEqualTo(CloseReason.UNREACHABLE);
        assertThat(report().outcome().message()).contains("criu restore -D /images/web");
    }

    @Test
    void commitWithoutAnAnswerLeavesTheCopyUnknown() {
        destination.withhold(Commit.class);
        pusher.unattended();
        run(true);
        destination.awaitHeard(Commit.class);
        destination.refuse();
        destination.cut();

        assertThat(report().copy()).isEqualTo(Copy.UNKNOWN);
        assertThat(report().outcome().message())
                .contains("it is not known whether they run at the destination");
    }

    @Test
    void migrationWithoutRestoreLeavesCompleteImages() {
        pusher.unattended();
        run(false);

        assertThat(report().copy()).isEqualTo(Copy.IMAGES);
        assertThat(report().good()).isTrue();
        assertThat(report().files()).isOne();
        assertThat(report().fileBytes()).isEqualTo(5_000);
        assertThat(report().times().restore()).isEqualTo(0.5);
        assertTree(Copy.IMAGES);
    }

    @Test
    void tasksEndedByAnotherPartyAreReportedAsGone() {
        run(true);
        pusher.began.join();
        tree.kill();
        tree.awaitState(State.GONE);
        migration.stop();

        assertThat(report().copy()).isEqualTo(Copy.UNKNOWN);
        assertThat(report().outcome().message())
                .isEqualTo("told to stop; the tasks are gone here, ended by something else");
    }
}
