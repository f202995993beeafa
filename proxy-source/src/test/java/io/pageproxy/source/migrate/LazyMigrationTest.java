package io.pageproxy.source.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.runc.FakeRunc;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import io.pageproxy.source.migrate.SleepingTree.State;
import io.pageproxy.source.migrate.dump.RuncContainer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A lazy migration. The watchdog of its tasks is a real process, too. */
class LazyMigrationTest extends MigrationTestBase {
    final FakeLazyPages pages = new FakeLazyPages();
    final FakeLazyDump dump = new FakeLazyDump(pages);
    private final List<State> statesAtRecommit = new CopyOnWriteArrayList<>();

    @AfterEach
    void closeDump() {
        dump.close();
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
            MigrationPhase phase, Event event, CloseReason reason, Copy copy, String heard) {
        destination.answerRecommit(
                again -> {
                    recordState();
                    return phase == MigrationPhase.RECALLING
                            ? Optional.empty()
                            : Optional.of(copyEnded());
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
            MigrationPhase phase, Event event, CloseReason reason, Copy copy, String heard) {
        assertEnd(phase, event, reason, copy, heard);
    }

    /** It is unsafe then to resume or end either copy: both stay as they are. */
    @Test
    void faultWhileEndingTheTasksLeavesThemStoppedAndTheCopyUnknown() {
        holdAt(MigrationPhase.ENDING_TASKS, Event.FAULT);
        run();
        reach(MigrationPhase.ENDING_TASKS, Event.FAULT);
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
        holdAt(MigrationPhase.FETCHING_MEMORY, Event.PEER_LOST);
        run();
        reach(MigrationPhase.FETCHING_MEMORY, Event.PEER_LOST);
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
        holdAt(MigrationPhase.FETCHING_MEMORY, Event.SUCCESS);
        run();
        reach(MigrationPhase.FETCHING_MEMORY, Event.SUCCESS);
        pages.allFetched.complete(null);
        pages.end(Outcome.failed(Side.SOURCE, CloseReason.PEER_SILENT, "silent at the end"));
    }

    /** The destination needs its peer timeout to notice the loss, and 5 s to end its copy. */
    @Test
    void tasksResumeOnceAnUnreachableDestinationMustHaveEndedItsCopy() {
        holdAt(MigrationPhase.FETCHING_MEMORY, Event.PEER_LOST);
        run();
        reach(MigrationPhase.FETCHING_MEMORY, Event.PEER_LOST);
        destination.refuse();
        long startNanos = System.nanoTime();
        destination.cut();

        assertThat(report().copy()).isEqualTo(Copy.SOURCE);
        assertThat(System.nanoTime() - startNanos).isGreaterThan(TimeUnit.SECONDS.toNanos(5));
        assertThat(report().outcome().message()).contains("must have ended its copy by itself");
        tree.awaitState(State.RUNS);
    }

    @Test
    void containerThatRuncStillListsAfterItHasMovedIsDeleted(@TempDir Path dir) {
        FakeRunc runc = container(dir, "stopped");
        assertEnd(
                MigrationPhase.FETCHING_MEMORY,
                Event.SUCCESS,
                CloseReason.COMPLETED,
                Copy.DESTINATION,
                "Attach FilesEnd Commit");
        assertThat(runc.calls()).contains("delete web");
    }

    @Test
    void containerThatItsCheckpointHasLeftPausedIsResumed(@TempDir Path dir) {
        FakeRunc runc = container(dir, "paused");
        destination.answerRecommit(again -> Optional.of(copyEnded()));
        assertEnd(
                MigrationPhase.FETCHING_MEMORY,
                Event.DUMP_FAILS,
                CloseReason.DUMPER_LOST,
                Copy.SOURCE,
                "Attach FilesEnd Commit Recommit");
        assertThat(runc.calls()).contains("resume web");
    }

    private FakeRunc container(Path dir, String status) {
        FakeRunc runc = new FakeRunc(dir);
        runc.hasContainer(status);
        container = Optional.of(new RuncContainer(runc.program(), "web"));
        return runc;
    }

    @Test
    void dumpThatFailsByItselfWhileItServesPagesIsTheCause() {
        holdAt(MigrationPhase.RESTORING, Event.DUMP_FAILS);
        run();
        reach(MigrationPhase.RESTORING, Event.DUMP_FAILS);
        dump.fail("page-pipe: tee: 65536: Operation not permitted");
        pages.end(Outcome.failed(Side.SOURCE, CloseReason.DUMPER_LOST, "it left"));

        assertThat(report().outcome().reason()).isEqualTo(CloseReason.DUMP_FAILED);
        assertThat(report().outcome().detail().orElseThrow()).contains("tee: 65536");
        assertThat(report().copy()).isEqualTo(Copy.SOURCE);
    }

    /** A signal stops a task when it next runs; a real dump has frozen the tasks before. */
    private void recordState() {
        tree.awaitState(State.STOPPED);
        statesAtRecommit.add(tree.state());
    }

    @Override
    void run() {
        run(true, true, Duration.ofMillis(500), begun -> new LazyTransfer(begun, pages, dump));
    }

    @Override
    boolean dumpBegan() {
        return dump.began.isDone();
    }

    @Override
    void awaitDump() {
        dump.began.join();
    }

    @Override
    void letDumpHold() {
        dump.held.complete(null);
    }

    @Override
    void awaitEndOfTasks() {
        pages.succeed();
        dump.ending.join();
    }

    @Override
    void letTasksEnd() {
        dump.mayEnd.complete(null);
    }

    @Override
    void failDump(MigrationPhase phase) {
        dump.die();
        pages.end(Outcome.failed(Side.SOURCE, CloseReason.DUMPER_LOST, "the dumper left"));
    }

    @Override
    void fail(MigrationPhase phase, Error fault) {
        switch (phase) {
            case DUMPING -> dump.held.completeExceptionally(fault);
            case RESTORING -> context.files().staged().completeExceptionally(fault);
            case RESUMING -> context.files().committed().completeExceptionally(fault);
            case FETCHING_MEMORY -> pages.allFetched.completeExceptionally(fault);
            default -> {}
        }
    }

    @Override
    void proceed(MigrationPhase phase) {
        super.proceed(phase);
        if (phase != MigrationPhase.RECALLING && phase != MigrationPhase.ENDING_TASKS) {
            context.files().committed().join();
            pages.succeed();
        }
    }

    @Override
    void assertTasks(Copy copy) {
        tree.awaitState(copy == Copy.SOURCE ? State.RUNS : State.GONE);
        if (copy == Copy.SOURCE) {
            assertThat(dump.aborted()).isTrue();
        }
    }
}
