package io.pageproxy.source.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.runc.FakeRunc;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import io.pageproxy.source.migrate.dump.RoundsChoice;
import io.pageproxy.source.migrate.dump.RuncContainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The migration of a container of runc: every phase and event, as for a tree, and what runc is told
 * at the end.
 */
class ContainerMigrationTest extends PushMigrationTest {
    private FakeRunc runc;

    @BeforeEach
    void makeContainer(@TempDir Path dir) {
        runc = new FakeRunc(dir);
        runc.hasContainer("running");
        container = Optional.of(new RuncContainer(runc.program(), "web"));
    }

    @Test
    void destinationThatDoesNotKnowContainersIsRefusedBeforeTheDump() {
        destination.isOld();
        run();

        assertThat(report().outcome().reason()).isEqualTo(CloseReason.RESTORE_NOT_ALLOWED);
        assertThat(report().outcome().message()).contains("upgrade it");
        assertThat(dumpBegan()).isFalse();
        assertTasks(Copy.SOURCE);
    }

    @Test
    void descriptorsOfRuncAreSentWithTheImages() throws IOException {
        Files.writeString(folder.resolve("descriptors.json"), "[]");
        unattended();

        assertThat(report().files()).isEqualTo(2);
        assertThat(report().fileBytes()).isEqualTo(5_002);
    }

    @Test
    void containerThatRuncStillListsAfterItsEndIsDeleted() {
        runc.hasContainer("stopped");
        unattended();

        assertThat(report().copy()).isEqualTo(Copy.DESTINATION);
        assertThat(runc.calls()).contains("delete web");
    }

    @Test
    void containerThatRuncHasForgottenIsLeftAlone() {
        runc.hasNone();
        unattended();

        assertThat(report().good()).isTrue();
        assertThat(runc.calls()).doesNotContain("delete web");
    }

    @Test
    void containerThatItsCheckpointHasLeftPausedIsResumed() {
        runc.hasContainer("paused");
        run();
        awaitDump();
        failDump(MigrationPhase.DUMPING);

        assertThat(report().copy()).isEqualTo(Copy.SOURCE);
        assertThat(runc.calls()).contains("resume web");
    }

    @Test
    void roundsAreRunByRuncAndTheCheckpointBuildsOnTheLast() {
        rounds = RoundsChoice.exactly(2);
        unattended();

        assertThat(report().copy()).isEqualTo(Copy.DESTINATION);
        assertThat(report().rounds()).hasSize(2);
        assertThat(pusher.preDumps).hasSize(2);
        assertThat(pusher.preDumps.get(1))
                .contains("--image-path " + folder.resolve("round-2") + " ")
                .contains(" --pre-dump --parent-path ../round-1 ")
                .endsWith(" web | ps-socket 9\n");
        assertThat(pusher.dumped).contains(" --parent-path round-2 ");
    }

    @Test
    void containerThatARoundHasLeftPausedIsResumed() {
        runc.hasContainer("paused");
        rounds = RoundsChoice.exactly(2);
        pusher.pages.complete(Outcome.failed(Side.SOURCE, CloseReason.NO_SPACE, "full"));
        run();

        assertThat(report().outcome().message()).startsWith("round 1, session 'web-1': full");
        assertThat(report().copy()).isEqualTo(Copy.SOURCE);
        assertThat(runc.calls()).contains("resume web");
    }

    @Test
    void runcThatDoesNotAnswerIsPartOfTheReport() {
        runc.breaks();
        run();
        awaitDump();
        failDump(MigrationPhase.DUMPING);

        assertThat(report().outcome().message()).contains("see runc list, and runc resume web");
    }

    @Override
    String restoreCommand() {
        return "runc restore -d -b BUNDLE --image-path /images/web web";
    }

    private void unattended() {
        letDumpHold();
        letTasksEnd();
        run();
    }
}
