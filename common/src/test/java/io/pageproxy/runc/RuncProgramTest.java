package io.pageproxy.runc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class RuncProgramTest {
    private FakeRunc runc;
    private Path folder;

    @BeforeEach
    void write(@TempDir Path dir) {
        folder = dir;
        runc = new FakeRunc(dir);
    }

    @Test
    void stateHasWhatAMigrationNeeds() throws Exception {
        runc.hasContainer("running");
        assertThat(runc.program().state("web"))
                .contains(
                        new ContainerState(
                                "running",
                                ProcessHandle.current().pid(),
                                folder,
                                Map.of("org.criu.config", "/etc/x")));
        assertThat(runc.calls()).containsExactly("state web");
    }

    @Test
    void unknownContainerHasNoState() throws Exception {
        assertThat(runc.program().state("web")).isEmpty();
    }

    /** Otherwise a container that runs would be taken for one that is not there. */
    @Test
    void stateThatCannotBeFoundOutIsAnErrorThatSaysWhy() {
        runc.breaks();
        assertThatThrownBy(() -> runc.program().state("web"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("state web")
                .hasMessageContaining("no permission");
    }

    /** Below its folder of state is the root file system while a restore has not ended. */
    @Test
    void lateDeleteDeletesWhenNothingIsMounted() throws Exception {
        runc.hasContainer("stopped");
        Process delete = new ProcessBuilder(runc.program().lateDelete("web")).start();
        assertThat(delete.waitFor()).isZero();
        assertThat(runc.calls()).containsExactly("delete web");
    }

    @Test
    void lateDeleteIsOnlyForAContainerThatIsThere() {
        assertThatThrownBy(() -> runc.program().lateDelete("web")).isInstanceOf(IOException.class);
    }

    @Test
    void rootAndLogPrecedeTheAction() {
        RuncProgram program = new RuncProgram("/sbin/runc", Optional.of(Path.of("/run/r")));
        assertThat(program.command(List.of("state", "web")))
                .containsExactly("/sbin/runc", "--root", "/run/r", "state", "web");
        assertThat(program.loggingCommand(Path.of("/d/dump.log"), List.of("checkpoint", "web")))
                .containsExactly(
                        "/sbin/runc",
                        "--root",
                        "/run/r",
                        "--log",
                        "/d/dump.log",
                        "checkpoint",
                        "web");
    }

    @Test
    void missingProgramIsAnErrorThatNamesIt() {
        assertThatThrownBy(() -> new RuncProgram("/no/runc", Optional.empty()).state("web"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/no/runc");
    }
}
