package io.pageproxy.source.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.dest.pagemap.PagemapReader;
import io.pageproxy.runc.FakeRunc;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import io.pageproxy.source.migrate.budget.DowntimeBudget;
import io.pageproxy.source.migrate.budget.NoConvergence;
import io.pageproxy.source.migrate.dump.RoundsChoice;
import io.pageproxy.source.migrate.dump.RuncContainer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A lazy migration after rounds of pre-dumps: everything ends as without them. */
class HybridMigrationTest extends LazyMigrationTest {
    private final FakePagePusher pusher = new FakePagePusher(tree);
    private boolean maybeLazy;

    @BeforeEach
    void chooseRounds() {
        rounds = RoundsChoice.exactly(2);
        mayTurnLazy = true;
        pusher.unattended();
    }

    @Test
    void lazyDumpBuildsOnRoundsWhosePagemapsAreHere() throws Exception {
        runToTheEnd();

        assertThat(report().copy()).isEqualTo(Copy.DESTINATION);
        assertThat(report().lazy()).isTrue();
        assertThat(report().rounds()).hasSize(2);
        assertThat(destination.heard()).isEqualTo("Attach TurnLazy FilesEnd Commit");
        assertThat(destination.lastRound()).isEqualTo("web-2");
        assertThat(dump.roundsDone).isEqualTo(2);
        for (String round : List.of("round-1", "round-2")) {
            assertThat(runs(folder.resolve(round).resolve("pagemap-7.img")))
                    .containsExactly("4 4096 1");
            assertThat(folder.resolve(round).resolve("pages-1.img")).isEmptyFile();
        }
    }

    private void runToTheEnd() {
        letDumpHold();
        letTasksEnd();
        run();
        context.files().committed().join();
        pages.succeed();
    }

    @Test
    void roundsOfAContainerAreRunByRunc(@TempDir Path dir) {
        FakeRunc runc = new FakeRunc(dir);
        runc.hasContainer("running");
        container = Optional.of(new RuncContainer(runc.program(), "web"));
        runToTheEnd();

        assertThat(report().copy()).isEqualTo(Copy.DESTINATION);
        assertThat(pusher.preDumps)
                .hasSize(2)
                .allMatch(one -> one.endsWith(" web | ps-socket 9\n"));
        assertThat(dump.roundsDone).isEqualTo(2);
    }

    private static List<String> runs(Path pagemap) throws Exception {
        List<String> runs = new ArrayList<>();
        new PagemapReader()
                .read(
                        pagemap,
                        (flags, vaddr, nrPages) -> runs.add(flags + " " + vaddr + " " + nrPages));
        return runs;
    }

    @Test
    void destinationThatCannotTurnLazyIsRefusedBeforeTheRounds() {
        destination.isOld();
        run();

        assertThat(report().outcome().reason()).isEqualTo(CloseReason.RESTORE_NOT_ALLOWED);
        assertThat(report().outcome().message()).contains("too old to go on lazily after rounds");
        assertThat(report().rounds()).isEmpty();
        assertTasks(Copy.SOURCE);
    }

    @Test
    void roundThatFailsIsNamedAndNothingIsDumped() {
        FakePagePusher failing = new FakePagePusher(tree);
        failing.pages.complete(Outcome.failed(Side.SOURCE, CloseReason.NO_SPACE, "full"));
        run(failing);

        assertThat(report().outcome().message())
                .isEqualTo("round 1, session 'web-1': full; the tasks run on here");
        assertThat(dumpBegan()).isFalse();
        await().untilAsserted(
                        () -> assertThat(destination.heard()).isEqualTo("Attach Abort(no_space)"));
    }

    @Test
    void pushTurnsLazyIfItsRoundsDoNotHelp() {
        rounds = budget(Duration.ofNanos(1));
        maybeLazy = true;
        runToTheEnd();

        assertThat(report().copy()).isEqualTo(Copy.DESTINATION);
        assertThat(report().lazy()).isTrue();
        assertThat(report().rounds()).hasSize(2);
        assertThat(report().budget().orElseThrow().predictedSeconds()).isPresent();
        assertThat(destination.heard()).isEqualTo("Attach TurnLazy FilesEnd Commit");
        assertThat(pusher.began).isNotDone();
    }

    @Test
    void pushThatFitsItsBudgetStaysAPush() {
        rounds = budget(Duration.ofHours(1));
        maybeLazy = true;
        run();

        assertThat(report().copy()).isEqualTo(Copy.DESTINATION);
        assertThat(report().lazy()).isFalse();
        assertThat(destination.heard()).isEqualTo("Attach FilesEnd Commit");
        assertThat(dumpBegan()).isFalse();
    }

    private static RoundsChoice budget(Duration longest) {
        return RoundsChoice.within(new DowntimeBudget(longest, 2, false, NoConvergence.LAZY));
    }

    @Override
    void run() {
        run(pusher);
    }

    private void run(FakePagePusher ofRounds) {
        run(
                true,
                false,
                Duration.ofMillis(500),
                begun ->
                        new RoundsTransfer(
                                begun,
                                Optional.of("web"),
                                ofRounds,
                                maybeLazy
                                        ? Optional.of(new PushTransfer(begun, ofRounds))
                                        : Optional.empty(),
                                Optional.of(new LazyTransfer(begun, pages, dump))));
    }

    // ---- a choice of the rows of a lazy migration

    @Override
    @ParameterizedTest(name = "{0}, {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "CONNECTING    | PEER_LOST  | PEER_LOST     | SOURCE | Attach",
                "DUMPING       | DUMP_FAILS | DUMPER_LOST   | SOURCE | Attach TurnLazy Abort(dumper_lost)",
                "DUMPING       | STOP       | SHUTDOWN      | SOURCE | Attach TurnLazy Abort(shutdown)",
                "SENDING_FILES | PEER_LOST  | PEER_LOST     | SOURCE | Attach TurnLazy",
                "RESTORING     | ABORT      | RESTORE_FAILED| SOURCE | Attach TurnLazy FilesEnd",
            })
    void tasksKeepRunningIfAnythingFailsBeforeTheCommit(
            MigrationPhase phase, Event event, CloseReason reason, Copy copy, String heard) {
        assertEnd(phase, event, reason, copy, heard);
    }

    @Override
    @ParameterizedTest(name = "{0}, {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "FETCHING_MEMORY | PEER_LOST  | PEER_LOST   | SOURCE | Attach TurnLazy FilesEnd Commit Recommit",
                "FETCHING_MEMORY | DUMP_FAILS | DUMPER_LOST | SOURCE | Attach TurnLazy FilesEnd Commit Recommit",
            })
    void tasksStayStoppedUntilTheDestinationHasEndedItsCopy(
            MigrationPhase phase, Event event, CloseReason reason, Copy copy, String heard) {
        super.tasksStayStoppedUntilTheDestinationHasEndedItsCopy(phase, event, reason, copy, heard);
    }

    @Override
    @ParameterizedTest(name = "{0}, {1}: {2}")
    @CsvSource(
            delimiter = '|',
            value =
                    "ENDING_TASKS | PEER_LOST | COMPLETED | DESTINATION | Attach TurnLazy FilesEnd Commit")
    void tasksAreEndedInAnyCaseOnceTheDestinationHasAllMemory(
            MigrationPhase phase, Event event, CloseReason reason, Copy copy, String heard) {
        assertEnd(phase, event, reason, copy, heard);
    }

    /** Without an annotation these are no tests here: rounds change nothing of them. */
    @Override
    void processThatHasThePidOfTheTreeMeanwhileIsNotDumped() {}

    @Override
    void faultWhileEndingTheTasksLeavesThemStoppedAndTheCopyUnknown() {}

    @Override
    void tasksAreEndedIfRecommitFindsTheCopyComplete() {}

    @Override
    void failureAtTheEndOfThePagesSessionIsFollowedByRecommitAndDelivered() {}

    @Override
    void completeCopyThatCannotBeReleasedIsReportedWithRemedy() {}

    @Override
    void tasksResumeOnceAnUnreachableDestinationMustHaveEndedItsCopy() {}

    @Override
    void dumpThatFailsByItselfWhileItServesPagesIsTheCause() {}

    @Override
    void containerThatRuncStillListsAfterItHasMovedIsDeleted(Path dir) {}

    @Override
    void containerThatItsCheckpointHasLeftPausedIsResumed(Path dir) {}
}
