package io.pageproxy.source.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.FilesEnd;
import io.pageproxy.hook.Hook;
import io.pageproxy.hook.HookPhase;
import io.pageproxy.hook.HookPlan;
import io.pageproxy.hook.Hooks;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import io.pageproxy.source.migrate.SleepingTree.State;
import io.pageproxy.source.migrate.budget.DowntimeBudget;
import io.pageproxy.source.migrate.budget.NoConvergence;
import io.pageproxy.source.migrate.dump.LockMethod;
import io.pageproxy.source.migrate.dump.RoundsChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.MethodSource;

/** A push migration. The dump's action script is a real process, too. */
class PushMigrationTest extends MigrationTestBase {
    private static final Duration LONG = Duration.ofSeconds(20);

    final FakePagePusher pusher = new FakePagePusher(tree);

    @ParameterizedTest(name = "{0}, {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
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
    void exactlyOneCopyIsLeftAfterTheDestinationIsReady(
            MigrationPhase phase, Event event, CloseReason reason, Copy copy, String heard) {
        assertEnd(phase, event, reason, copy, heard);
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
        run();
        destination.awaitHeard(FilesEnd.class);
        context.files().staged().completeExceptionally(thrown);

        assertThat(report().copy()).isEqualTo(Copy.SOURCE);
        assertThat(pusher.held.join().waitFor()).isNotZero();
        assertTasks(Copy.SOURCE);
    }

    @Test
    void destinationThatDoesNotRestoreConnectionsIsRefusedBeforeTheDump() {
        connections = Optional.of(LockMethod.IPTABLES);
        run();

        assertThat(report().outcome().reason()).isEqualTo(CloseReason.RESTORE_NOT_ALLOWED);
        assertThat(report().outcome().message()).contains("--tcp-established");
        assertThat(pusher.began).isNotDone();
        assertTasks(Copy.SOURCE);
    }

    @Test
    void unreadableImagesFolderIsALocalFailureThatNamesIt() throws Exception {
        pusher.exit.complete(0);
        run();
        pusher.began.join();
        Files.delete(folder.resolve("core-1.img"));
        Files.delete(folder.resolve("pages-1.img"));
        Files.delete(folder);
        pusher.pages.complete(FakePagePusher.good());

        Outcome outcome = report().outcome();
        assertThat(outcome.reason()).isEqualTo(CloseReason.LOCAL_FAILURE);
        assertThat(outcome.message()).startsWith("an image cannot be read: there is no " + folder);
        assertTasks(Copy.SOURCE);
    }

    @Test
    void dumpThatFailsAfterItHasKilledItsTasksIsStillCommitted() {
        pusher.pages.complete(FakePagePusher.good());
        run();
        pusher.letGo.join();
        tree.kill();
        pusher.exit.complete(1);

        assertThat(report().copy()).isEqualTo(Copy.DESTINATION);
        assertThat(report().pid()).hasValue(ScriptedDestination.PID);
    }

    @Test
    void commitThatWasNeverSentLeavesOnlyTheImages() {
        pusher.pages.complete(FakePagePusher.good());
        run();
        pusher.letGo.join();
        destination.refuse();
        destination.cut();
        pusher.exit.complete(0);

        assertThat(report().copy()).isEqualTo(Copy.IMAGES);
        assertThat(report().outcome().reason()).isEqualTo(CloseReason.UNREACHABLE);
        assertThat(report().outcome().message()).contains(restoreCommand());
    }

    @Test
    void commitWithoutAnAnswerLeavesTheCopyUnknown() {
        destination.withhold(Commit.class);
        pusher.unattended();
        run();
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
        assertTasks(Copy.IMAGES);
    }

    @Test
    void tasksEndedByAnotherPartyAreReportedAsGone() {
        run();
        pusher.began.join();
        tree.kill();
        tree.awaitState(State.GONE);
        migration.stop();

        assertThat(report().copy()).isEqualTo(Copy.UNKNOWN);
        assertThat(report().outcome().message())
                .isEqualTo("told to stop; the tasks are gone here, ended by something else");
    }

    // ---- a downtime budget

    @Test
    void treeRunsOnIfItsDowntimeWouldBeTooLong() {
        rounds = budget(NoConvergence.ABORT);
        pusher.unattended();
        run();
        assertThat(report().outcome().reason()).isEqualTo(CloseReason.NOT_CONVERGED);
        assertThat(report().outcome().message())
                .contains("is not reached after 2 rounds")
                .endsWith("; the tasks run on here");
        assertThat(report().exitCode()).isEqualTo(7);
        assertThat(report().rounds()).hasSize(2);
        assertThat(report().budget().orElseThrow().predictedSeconds()).isPresent();
        assertThat(dumpBegan()).isFalse();
        assertTasks(Copy.SOURCE);
    }

    @Test
    void treeMovesAfterTheLastRoundIfToldSo() {
        rounds = budget(NoConvergence.STOP);
        pusher.unattended();
        run();
        assertThat(report().copy()).isEqualTo(Copy.DESTINATION);
        assertThat(report().rounds()).hasSize(2);
    }

    private static RoundsChoice budget(NoConvergence otherwise) {
        return RoundsChoice.within(new DowntimeBudget(Duration.ofNanos(1), 2, false, otherwise));
    }

    // ---- hooks, which are real processes

    @Test
    void hooksOfAMigrationThatSucceedsRunInOrder() throws Exception {
        hooks(LONG, each(""));
        pusher.unattended();
        run();

        assertThat(report().copy()).isEqualTo(Copy.DESTINATION);
        assertThat(ran()).containsExactly("before-freeze", "frozen", "before-resume", "resumed");
    }

    @ParameterizedTest
    @EnumSource(names = {"BEFORE_FREEZE", "FROZEN", "BEFORE_RESUME"})
    void hookThatFailsBeforeTheCommitLeavesTheTasksRunningHere(HookPhase phase) throws Exception {
        List<Hook> hooks = each("");
        hooks.add(new Hook(phase, "echo no volume; exit 7"));
        hooks(LONG, hooks);
        pusher.unattended();
        run();

        Outcome outcome = report().outcome();
        assertThat(outcome.reason()).isEqualTo(CloseReason.LOCAL_FAILURE);
        assertThat(outcome.message())
                .startsWith("hook " + phase.label() + " 'echo no volume; exit 7': exit 7")
                .endsWith("it printed: no volume; the tasks run on here");
        assertThat(report().copy()).isEqualTo(Copy.SOURCE);
        assertThat(ran()).endsWith(phase.label(), "rolled-back").doesNotContain("resumed");
        assertTasks(Copy.SOURCE);
    }

    @Test
    void hookThatHangsIsAFailure() throws Exception {
        hooks(Duration.ofMillis(500), List.of(new Hook(HookPhase.FROZEN, "sleep 1000")));
        pusher.unattended();
        run();

        assertThat(report().outcome().message()).contains("not done within 0.5 s");
        assertTasks(Copy.SOURCE);
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"RESUMED", "ROLLED_BACK"})
    void stopEndsTheHookThatRuns(HookPhase phase) throws Exception {
        hooks(LONG, List.of(new Hook(phase, record() + "; sleep 1000")));
        pusher.unattended();
        run();
        awaitRan();
        migration.stop();

        assertThat(report().outcome().reason()).isEqualTo(CloseReason.SHUTDOWN);
        assertTasks(Copy.SOURCE);
    }

    @ParameterizedTest
    @EnumSource(names = {"RESUMED", "ROLLED_BACK"})
    void hookThatFailsAfterTheDecisionChangesNothing(HookPhase phase) throws Exception {
        List<Hook> hooks = new ArrayList<>(List.of(new Hook(phase, "exit 1")));
        boolean fails = phase == HookPhase.ROLLED_BACK;
        if (fails) {
            hooks.add(new Hook(HookPhase.FROZEN, "exit 2"));
        }
        hooks(LONG, hooks);
        pusher.unattended();
        run();

        assertThat(report().copy()).isEqualTo(fails ? Copy.SOURCE : Copy.DESTINATION);
    }

    private void hooks(Duration timeout, List<Hook> list) throws IOException {
        Map<String, String> environment =
                Map.of("PATH", System.getenv("PATH"), "RAN", file().toString());
        hooks = new Hooks(new HookPlan(list, timeout), new PosixChildLauncher(4096), environment);
    }

    private static List<Hook> each(String more) {
        List<Hook> hooks = new ArrayList<>();
        for (HookPhase phase : HookPhase.values()) {
            hooks.add(new Hook(phase, record() + more));
        }
        return hooks;
    }

    private static String record() {
        return "echo $PAGEPROXY_PHASE >>$RAN";
    }

    private Path file() {
        return folder.resolve("ran");
    }

    private List<String> ran() throws IOException {
        return Files.readAllLines(file());
    }

    private void awaitRan() {
        await().until(() -> Files.exists(file()) && Files.size(file()) > 0);
    }

    // ---- how it is run

    @Override
    void run() {
        run(true);
    }

    private void run(boolean restore) {
        // New connections are tried for this time: long enough for the first on a busy machine.
        Duration peerTimeout = Duration.ofSeconds(2);
        run(
                restore,
                false,
                peerTimeout,
                begun ->
                        rounds.most() == 0
                                ? new PushTransfer(begun, pusher)
                                : new RoundsTransfer(
                                        begun,
                                        Optional.of("web"),
                                        pusher,
                                        Optional.of(new PushTransfer(begun, pusher)),
                                        Optional.empty()));
    }

    /** The command for a restore by hand that a message names. */
    String restoreCommand() {
        return "criu restore -D /images/web";
    }

    @Override
    boolean dumpBegan() {
        return pusher.began.isDone();
    }

    @Override
    void awaitDump() {
        pusher.began.join();
    }

    @Override
    void letDumpHold() {
        pusher.pages.complete(FakePagePusher.good());
    }

    @Override
    void awaitEndOfTasks() {
        pusher.letGo.join();
    }

    @Override
    void letTasksEnd() {
        pusher.exit.complete(0);
    }

    @Override
    void failDump(MigrationPhase phase) {
        if (phase == MigrationPhase.DUMPING) {
            pusher.pages.complete(
                    Outcome.failed(Side.SOURCE, CloseReason.DUMPER_LOST, "the dumper left"));
        } else if (phase == MigrationPhase.ENDING_TASKS) {
            pusher.exit.complete(1);
        } else {
            pusher.held.join().destroyForcibly();
        }
    }

    @Override
    void fail(MigrationPhase phase, Error fault) {
        switch (phase) {
            case DUMPING -> pusher.pages.completeExceptionally(fault);
            case RESTORING -> context.files().staged().completeExceptionally(fault);
            case ENDING_TASKS -> pusher.exit.completeExceptionally(fault);
            case COMMITTING -> {
                destination.failDialling(fault);
                destination.cut();
            }
            default -> {}
        }
    }

    @Override
    void assertTasks(Copy copy) {
        assertThat(tree.state()).isEqualTo(copy == Copy.SOURCE ? State.RUNS : State.GONE);
    }
}
