package io.pageproxy.source.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.async.BackgroundTask;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.FilesEnd;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.process.PosixChildLauncher;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each event in each phase of a lazy migration: how it ends, which frames the destination receives,
 * and whether the tasks of the source run. The tasks and their watchdog are real processes.
 */
@Timeout(60)
class LazyMigrationTest {
    private static final Duration PEER_TIMEOUT = Duration.ofMillis(500);

    @TempDir private Path folder;
    private final SleepingTree tree = new SleepingTree();
    private final FakeLazyPages pages = new FakeLazyPages();
    private final FakeLazyDump dump = new FakeLazyDump(pages);
    private final ScriptedDestination destination = new ScriptedDestination();
    private final List<State> statesAtRecommit = new CopyOnWriteArrayList<>();
    private MigrationContext context;
    private Migration migration;
    private CompletableFuture<MigrationReport> running;

    /** The phase in which the migration is held when the event occurs. */
    enum Phase {
        CONNECTING,
        DUMPING,
        SENDING_FILES,
        RESTORING,
        RESUMING,
        FETCHING_MEMORY,
        RECALLING,
        ENDING_TASKS
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
        dump.close();
        destination.close();
        tree.close();
    }

    /** Until RESTORING the copy has not run, so that the source need not send RECOMMIT. */
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
            })
    void tasksKeepRunningIfAnythingFailsBeforeTheCopyRuns(
            Phase phase, Event event, CloseReason reason, Copy copy, String heard) {
        assertEnd(phase, event, reason, copy, heard);
        assertThat(statesAtRecommit).isEmpty();
    }

    /** The destination answers RECOMMIT with ABORT, since it has ended its copy. */
    @ParameterizedTest(name = "{0}, {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "RESUMING        | SUCCESS     | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "RESUMING        | PEER_LOST   | PEER_LOST      | SOURCE      | Attach FilesEnd Commit Recommit",
                "RESUMING        | PEER_SILENT | PEER_SILENT    | SOURCE      | Attach FilesEnd Commit Abort(peer_silent) Recommit",
                "RESUMING        | ABORT       | RESTORE_FAILED | SOURCE      | Attach FilesEnd Commit Recommit",
                "RESUMING        | DUMP_FAILS  | DUMPER_LOST    | SOURCE      | Attach FilesEnd Commit Recommit",
                "RESUMING        | STOP        | SHUTDOWN       | SOURCE      | Attach FilesEnd Commit Recommit",
                "RESUMING        | FAULT       | LOCAL_FAILURE  | SOURCE      | Attach FilesEnd Commit Recommit",
                "FETCHING_MEMORY | SUCCESS     | COMPLETED      | DESTINATION | Attach FilesEnd Commit",
                "FETCHING_MEMORY | PEER_LOST   | PEER_LOST      | SOURCE      | Attach FilesEnd Commit Recommit",
                "FETCHING_MEMORY | PEER_SILENT | PEER_SILENT    | SOURCE      | Attach FilesEnd Commit Abort(peer_silent) Recommit",
                "FETCHING_MEMORY | ABORT       | RESTORE_FAILED | SOURCE      | Attach FilesEnd Commit Recommit",
                "FETCHING_MEMORY | DUMP_FAILS  | DUMPER_LOST    | SOURCE      | Attach FilesEnd Commit Recommit",
                "FETCHING_MEMORY | STOP        | SHUTDOWN       | SOURCE      | Attach FilesEnd Commit Recommit",
                "FETCHING_MEMORY | FAULT       | LOCAL_FAILURE  | SOURCE      | Attach FilesEnd Commit Recommit",
                "RECALLING       | SUCCESS     | PEER_LOST      | SOURCE      | Attach FilesEnd Commit Recommit",
                "RECALLING       | STOP        | PEER_LOST      | SOURCE      | Attach FilesEnd Commit Recommit",
                "RECALLING       | DUMP_FAILS  | PEER_LOST      | SOURCE      | Attach FilesEnd Commit Recommit",
            })
    void tasksStayStoppedUntilTheDestinationHasEndedItsCopy(
            Phase phase, Event event, CloseReason reason, Copy copy, String heard) {
        destination.answerRecommit(
                again -> {
                    recordState();
                    return phase == Phase.RECALLING ? Optional.empty() : Optional.of(copyEnded());
                });
        assertEnd(phase, event, reason, copy, heard);
        if (copy == Copy.SOURCE) {
            assertThat(statesAtRecommit).containsOnly(State.STOPPED);
            assertThat(report().outcome().message())
                    .endsWith("; the destination's copy is ended; the tasks run on here");
        }
    }

    @ParameterizedTest(name = "{0}, {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "ENDING_TASKS | SUCCESS     | COMPLETED     | DESTINATION | Attach FilesEnd Commit",
                "ENDING_TASKS | PEER_LOST   | COMPLETED     | DESTINATION | Attach FilesEnd Commit",
                "ENDING_TASKS | ABORT       | COMPLETED     | DESTINATION | Attach FilesEnd Commit",
                "ENDING_TASKS | PEER_SILENT | COMPLETED     | DESTINATION | Attach FilesEnd Commit Abort(peer_silent)",
                "ENDING_TASKS | DUMP_FAILS  | COMPLETED     | DESTINATION | Attach FilesEnd Commit",
                "ENDING_TASKS | STOP        | COMPLETED     | DESTINATION | Attach FilesEnd Commit",
            })
    void tasksAreEndedInAnyCaseOnceTheDestinationHasAllMemory(
            Phase phase, Event event, CloseReason reason, Copy copy, String heard) {
        assertEnd(phase, event, reason, copy, heard);
    }

    /** It is unsafe then to resume or end either copy: both stay as they are. */
    @Test
    void faultWhileEndingTheTasksLeavesThemStoppedAndTheCopyUnknown() {
        holdAt(Phase.ENDING_TASKS, Event.FAULT);
        run();
        reach(Phase.ENDING_TASKS, Event.FAULT);
        dump.mayEnd.completeExceptionally(new StackOverflowError());

        assertThat(report().outcome().reason()).isEqualTo(CloseReason.LOCAL_FAILURE);
        assertThat(report().copy()).isEqualTo(Copy.UNKNOWN);
        assertThat(tree.state()).isEqualTo(State.STOPPED);
        assertThat(destination.heard()).isEqualTo("Attach FilesEnd Commit");
    }

    @Test
    void tasksAreEndedIfRecommitFindsTheCopyComplete() {
        destination.answerRecommit(
                again -> {
                    recordState();
                    return Optional.of(ScriptedDestination.committed());
                });
        holdAt(Phase.FETCHING_MEMORY, Event.PEER_LOST);
        run();
        reach(Phase.FETCHING_MEMORY, Event.PEER_LOST);
        destination.cut();

        assertThat(report().copy()).isEqualTo(Copy.DESTINATION);
        assertThat(statesAtRecommit).containsOnly(State.STOPPED);
        assertThat(tree.state()).isEqualTo(State.GONE);
        await().untilAsserted(
                        () ->
                                assertThat(destination.heard())
                                        .isEqualTo("Attach FilesEnd Commit Recommit Delivered"));
    }

    @Test
    void failureAtTheEndOfThePagesSessionIsFollowedByRecommitAndDelivered() {
        failAtTheEndOfThePages();

        assertThat(report().copy()).isEqualTo(Copy.DESTINATION);
        assertThat(report().pid()).hasValue(ScriptedDestination.PID);
        await().untilAsserted(
                        () ->
                                assertThat(destination.heard())
                                        .isEqualTo("Attach FilesEnd Commit Recommit Delivered"));
    }

    @Test
    void completeCopyThatCannotBeReleasedIsReportedWithRemedy() {
        destination.answerRecommit(again -> Optional.of(copyEnded()));
        failAtTheEndOfThePages();

        assertThat(report().copy()).isEqualTo(Copy.UNKNOWN);
        assertThat(report().outcome().reason()).isEqualTo(CloseReason.PEER_SILENT);
        assertThat(report().outcome().message()).contains("let it run with kill -CONT");
        assertThat(tree.state()).isEqualTo(State.GONE);
    }

    private void failAtTheEndOfThePages() {
        holdAt(Phase.FETCHING_MEMORY, Event.SUCCESS);
        run();
        reach(Phase.FETCHING_MEMORY, Event.SUCCESS);
        pages.allFetched.complete(null);
        pages.end(Outcome.failed(Side.SOURCE, CloseReason.PEER_SILENT, "silent at the end"));
    }

    /** The destination needs its peer timeout to notice the loss, and 5 s to end its copy. */
    @Test
    void tasksResumeOnceAnUnreachableDestinationMustHaveEndedItsCopy() {
        holdAt(Phase.FETCHING_MEMORY, Event.PEER_LOST);
        run();
        reach(Phase.FETCHING_MEMORY, Event.PEER_LOST);
        destination.refuse();
        long startNanos = System.nanoTime();
        destination.cut();

        assertThat(report().copy()).isEqualTo(Copy.SOURCE);
        assertThat(System.nanoTime() - startNanos).isGreaterThan(TimeUnit.SECONDS.toNanos(5));
        assertThat(report().outcome().message()).contains("must have ended its copy by itself");
        tree.awaitState(State.RUNS);
    }

    private void assertEnd(Phase phase, Event event, CloseReason reason, Copy copy, String heard) {
        holdAt(phase, event);
        run();
        reach(phase, event);
        inject(phase, event);
        if (event == Event.SUCCESS || phase == Phase.ENDING_TASKS || phase == Phase.RECALLING) {
            proceed(phase);
        }

        MigrationReport report = report();
        assertThat(report.outcome().reason()).as(report.toString()).isEqualTo(reason);
        assertThat(report.copy()).isEqualTo(copy);
        await().untilAsserted(() -> assertThat(destination.heard()).isEqualTo(heard));
        tree.awaitState(copy == Copy.SOURCE ? State.RUNS : State.GONE);
        if (copy == Copy.SOURCE) {
            assertThat(report.outcome().message()).endsWith("; the tasks run on here");
            assertThat(dump.aborted()).isTrue();
        }
    }

    private void recordState() {
        statesAtRecommit.add(tree.state());
    }

    private static Frame copyEnded() {
        return new Abort(CloseReason.PEER_LOST, "the source was lost", Optional.empty());
    }

    private void holdAt(Phase phase, Event event) {
        if (phase == Phase.CONNECTING && event == Event.FAULT) {
            destination.failDialling(new StackOverflowError());
        }
        switch (phase) {
            case CONNECTING -> destination.withhold(Attach.class);
            case SENDING_FILES -> destination.stallBlocks();
            case RESTORING -> destination.withhold(FilesEnd.class);
            case RESUMING -> destination.withhold(Commit.class);
            case DUMPING, FETCHING_MEMORY, RECALLING, ENDING_TASKS -> {}
        }
        if (phase != Phase.DUMPING) {
            dump.held.complete(null);
        }
        if (phase == Phase.SENDING_FILES && event == Event.FAULT) {
            destination.exhaustMemory();
        }
        if (phase != Phase.ENDING_TASKS) {
            dump.mayEnd.complete(null);
        }
    }

    private void reach(Phase phase, Event event) {
        if (event == Event.FAULT && (phase == Phase.CONNECTING || phase == Phase.SENDING_FILES)) {
            return; // holdAt has already arranged the fault.
        }
        switch (phase) {
            case CONNECTING -> destination.awaitHeard(Attach.class);
            case DUMPING -> dump.began.join();
            case SENDING_FILES -> destination.awaitStalled();
            case RESTORING -> destination.awaitHeard(FilesEnd.class);
            case RESUMING -> destination.awaitHeard(Commit.class);
            case FETCHING_MEMORY -> context.files().committed().join();
            case RECALLING -> {
                context.files().committed().join();
                destination.cut();
                destination.awaitHeard(Recommit.class);
            }
            case ENDING_TASKS -> {
                pages.succeed();
                dump.ending.join();
            }
        }
    }

    private void inject(Phase phase, Event event) {
        switch (event) {
            case SUCCESS -> {}
            case PEER_LOST -> destination.cut();
            case PEER_SILENT -> destination.fallSilent();
            case ABORT -> destination.abort(CloseReason.RESTORE_FAILED);
            case STOP -> migration.stop();
            case DUMP_FAILS -> {
                dump.die();
                pages.end(Outcome.failed(Side.SOURCE, CloseReason.DUMPER_LOST, "the dumper left"));
            }
            case FAULT -> injectFault(phase);
        }
    }

    private void injectFault(Phase phase) {
        Error fault = new StackOverflowError();
        switch (phase) {
            case DUMPING -> dump.held.completeExceptionally(fault);
            case RESTORING -> context.files().staged().completeExceptionally(fault);
            case RESUMING -> context.files().committed().completeExceptionally(fault);
            case FETCHING_MEMORY -> pages.allFetched.completeExceptionally(fault);
            default -> {}
        }
    }

    private void proceed(Phase phase) {
        switch (phase) {
            case CONNECTING -> destination.answer(ScriptedDestination.attached());
            case DUMPING -> dump.held.complete(null);
            case SENDING_FILES -> destination.releaseBlocks();
            case RESTORING -> destination.answer(ScriptedDestination.staged());
            case RESUMING -> destination.answer(ScriptedDestination.committed());
            case RECALLING -> destination.answerLast(copyEnded());
            case ENDING_TASKS -> dump.mayEnd.complete(null);
            case FETCHING_MEMORY -> {}
        }
        if (phase != Phase.RECALLING && phase != Phase.ENDING_TASKS) {
            context.files().committed().join();
            pages.succeed();
        }
    }

    private void run() {
        MigrationPlan plan =
                new MigrationPlan("criu", tree.pid(), folder, RoundsChoice.NONE, true, List.of());
        FilesConnection files =
                new FilesConnection(
                        new Attach(
                                "source", Optional.of("web"), true, true, PEER_TIMEOUT.toMillis()));
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
                        new LazyTransfer(context, launcher(), pages, dump),
                        destination,
                        Duration.ofSeconds(30));
        running = BackgroundTask.start("migration", migration::run);
    }

    private static PosixChildLauncher launcher() {
        try {
            return new PosixChildLauncher(4096);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private MigrationReport report() {
        return running.orTimeout(20, TimeUnit.SECONDS).join();
    }
}
