package io.pageproxy.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Children of somebody who is not at our terminal. */
@Timeout(60)
class CapturingLauncherTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir Path folder;
    private final List<String> out = new CopyOnWriteArrayList<>();
    private final List<String> err = new CopyOnWriteArrayList<>();

    private int run(String script) throws Exception {
        CapturingLauncher launcher =
                new CapturingLauncher(new PosixChildLauncher(1 << 16), folder, out::add, err::add);
        ChildProcess child =
                launcher.launch(
                        new ChildSpec(
                                List.of("sh", "-c", script),
                                Map.of("PATH", "/usr/bin:/bin"),
                                Optional.empty()));
        int code = child.exit().get(30, TimeUnit.SECONDS).code();
        launcher.awaitOutput(SOON);
        return code;
    }

    @Test
    void bothStreamsAreHandedOverAndThereIsNoInput() throws Exception {
        assertThat(run("echo one; echo two >&2; cat; exit 3")).isEqualTo(3);
        assertThat(String.join("", out)).isEqualTo("one\n");
        assertThat(String.join("", err)).isEqualTo("two\n");
    }

    @Test
    void childRunsInTheGivenFolderAndInItsOwnSession() throws Exception {
        assertThat(run("pwd; [ $(cut -d' ' -f6 /proc/$$/stat) = $$ ]")).isZero();
        assertThat(String.join("", out)).isEqualTo(folder.toRealPath() + "\n");
    }

    @Test
    void longOutputAndSplitCharactersArriveWhole() throws Exception {
        assertThat(run("i=0; while [ $i -lt 9999 ]; do echo \u00e4\u20ac; i=$((i+1)); done"))
                .isZero();
        assertThat(String.join("", out)).isEqualTo("\u00e4\u20ac\n".repeat(9999));
    }

    /** A dump must not be killed because a shell around it has ended. */
    @Test
    void whatTheCommandLeavesRunningLivesOn() throws Exception {
        assertThat(run("(sleep 0.3; echo late) & exit 0")).isZero();
        assertThat(String.join("", out)).isEqualTo("late\n");
    }
}
