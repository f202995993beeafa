package io.pageproxy.dest.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.frame.Frame.Sync;
import io.pageproxy.posix.Posix;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyncedFoldersTest {
    @TempDir private Path root;
    private final SyncedPaths paths = new SyncedPaths();
    private final List<String> stopped = new ArrayList<>();
    private TestPermit permit;
    private SyncedFolders folders;

    @BeforeEach
    void begin() {
        permit = new TestPermit(root);
        folders = new SyncedFolders(permit, paths);
    }

    @AfterEach
    void end() {
        folders.close();
    }

    private Sync sync(String name, boolean last) {
        return new Sync("token", Optional.of(root.resolve(name).toString()), last, 15_000);
    }

    private SyncedFolders.Pass pass(String name) {
        return (reason, message) -> stopped.add(name + ": " + message);
    }

    /** Runs one pass to its end. */
    private void run(SyncedFolders those, Sync sync, boolean good) throws IOException {
        SyncedFolders.Pass pass = pass("");
        Posix.close(those.begin(sync, pass));
        those.ended(sync, pass, good);
    }

    @Test
    void treeIsRestoredOnlyBehindTheLastPassOfEachFolder() throws IOException {
        run(folders, sync("a", false), true);
        run(folders, sync("b", false), true);
        run(folders, sync("a", true), true);
        assertNotComplete();
    }

    @Test
    void firstPassAloneCountsForNothing() throws IOException {
        run(folders, sync("a", false), true);
        assertNotComplete();
    }

    @Test
    void lastPassThatFailsTakesBackAnEarlierOne() throws IOException {
        run(folders, sync("a", true), true);
        run(folders, sync("a", true), false);
        assertNotComplete();
    }

    @Test
    void lastPassThatIsRepeatedCounts() throws IOException {
        run(folders, sync("a", true), false);
        run(folders, sync("a", true), true);
        folders.requireComplete();
    }

    @Test
    void passThatStillRunsKeepsTheTreeFromItsRestore() throws IOException {
        Posix.close(folders.begin(sync("a", true), pass("still running")));
        run(folders, sync("a", true), true);
        assertNotComplete();
    }

    private void assertNotComplete() {
        assertThatThrownBy(folders::requireComplete)
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL));
    }

    @Test
    void passThatComesBehindTheImagesIsRefused() throws IOException {
        run(folders, sync("a", true), true);
        folders.requireComplete();
        assertThatThrownBy(() -> folders.begin(sync("a", true), pass("a")))
                .hasMessageContaining("too late");
        assertThat(root.resolve("a")).isDirectory();
    }

    @Test
    void numberOfFoldersIsLimited() throws IOException {
        for (int i = 0; i < SyncedFolders.MAX_FOLDERS; i++) {
            run(folders, sync("f" + i, false), true);
        }
        assertThatThrownBy(() -> folders.begin(sync("another", false), pass("")))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.LIMIT_EXCEEDED));
        assertThat(root.resolve("another")).doesNotExist();
        run(folders, sync("f0", true), true);
    }

    @Test
    void numberOfPassesAtATimeIsLimited() throws IOException {
        for (int i = 0; i < SyncedFolders.MAX_FOLDERS; i++) {
            Posix.close(folders.begin(sync("a", true), pass("a")));
        }
        assertThatThrownBy(() -> folders.begin(sync("a", true), pass("")))
                .hasMessageContaining("at most " + SyncedFolders.MAX_FOLDERS);
    }

    @Test
    void folderOfAnotherMigrationIsTakenUntilThatIsOver() throws IOException {
        run(folders, sync("a", false), true);
        SyncedFolders others = new SyncedFolders(permit, paths);
        for (String name : List.of("a", "a/below")) {
            assertThatThrownBy(() -> others.begin(sync(name, false), pass("")))
                    .hasMessageContaining("is taken");
        }
        run(others, sync("b", false), true);
        folders.close();
        run(others, sync("a", false), true);
        others.close();
    }

    @Test
    void endOfTheMigrationEndsItsPasses() throws IOException {
        Posix.close(folders.begin(sync("a", false), pass("a")));
        Posix.close(folders.begin(sync("b", false), pass("b")));
        folders.close();
        assertThat(stopped)
                .containsExactlyInAnyOrder(
                        "a: the migration of these files is over",
                        "b: the migration of these files is over");
        assertThat(folders.any()).isFalse();
        assertThatThrownBy(() -> folders.begin(sync("c", false), pass("c")))
                .hasMessageContaining("too late");
    }

    @Test
    void whatIsNotPermittedIsNotReserved() throws IOException {
        permit.refuse("no");
        assertThatThrownBy(() -> folders.begin(sync("a", false), pass("")))
                .hasMessageContaining("no");
        assertThat(folders.any()).isFalse();
        assertThat(root).isEmptyDirectory();
        folders.requireComplete();
    }
}
