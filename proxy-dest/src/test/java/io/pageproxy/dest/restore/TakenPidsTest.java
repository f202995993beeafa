package io.pageproxy.dest.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TakenPidsTest {
    private final long taken = ProcessHandle.current().pid();
    @TempDir private Path images;

    @BeforeEach
    void imagesOfTwoTasks() throws IOException {
        core(taken);
        core(2_000_000_000L); // Beyond the largest pid.
    }

    private void core(long pid) throws IOException {
        Files.createFile(images.resolve("core-" + pid + ".img"));
    }

    @Test
    void processThatUsesThePidIsNamed() {
        assertThat(TakenPids.explain(images, List.of()))
                .hasValueSatisfying(
                        why ->
                                assertThat(why)
                                        .startsWith("pid " + taken + " is taken here by java, ")
                                        .contains("unshare --pid")
                                        .doesNotContain("2000000000"));
    }

    @Test
    void tasksLeftByTheRestoreDoNotCount() {
        assertThat(TakenPids.explain(images, List.of(taken))).isEmpty();
    }

    @Test
    void treeWithItsOwnPidNamespaceConflictsWithNobody() throws Exception {
        core(1);
        assertThat(TakenPids.explain(images, List.of())).isEmpty();
    }

    @Test
    void missingFolderIsTolerated() {
        assertThat(TakenPids.explain(images.resolve("gone"), List.of())).isEmpty();
    }

    /** Both versions of CRIU say it like that. */
    @Test
    void pidThatIsFreeAgainIsFoundInTheLog() {
        String log =
                "(00.1) Forking\nError (criu/cr-restore.c:1237): Can't fork for 4711: File exists\n";
        assertThat(TakenPids.explainLog(log)).get().asString().contains("pid 4711", "try again");
        assertThat(TakenPids.explainLog("Error (criu/files.c:1): Can't open 4711")).isEmpty();
    }
}
