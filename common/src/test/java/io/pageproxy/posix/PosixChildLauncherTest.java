package io.pageproxy.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Pointer;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildLaunchException;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildOutput;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.PosixChildLauncher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The environment that a child is started in. */
@Timeout(60)
class PosixChildLauncherTest {
    private static final int SIGURG = 23;

    @TempDir Path folder;
    private Path output;
    private ChildLauncher launcher;

    @BeforeEach
    void makeLauncher() throws Exception {
        output = folder.resolve("output.log");
        launcher = new PosixChildLauncher(1 << 20);
    }

    @Test
    void childHasDescriptors0To3AndNoOther() throws Exception {
        // Descriptor 4 is the folder that ls itself has open.
        assertThat(detached("ls", "/proc/self/fd")).isEqualTo("0\n1\n2\n3\n4\n");
        assertThat(foreground("ls /proc/self/fd >&3")).isEqualTo("0\n1\n2\n3\n4\n");
    }

    @Test
    void detachedChildHasNoInputAndWritesBothStreamsToFile() throws Exception {
        Files.writeString(output, "before\n");

        assertThat(detached("sh", "-c", "readlink /proc/self/fd/0; echo error >&2"))
                .isEqualTo("before\n/dev/null\nerror\n");
    }

    /** Requires root, because children of other users have no capabilities anyway. */
    @Test
    void childWithoutLowPortsLacksCapabilityThatWeKeep() throws Exception {
        Capabilities before = Capabilities.effective();
        launcher = PosixChildLauncher.withoutLowPorts(1 << 20);

        String bits = detached("sed", "-n", "s/^CapEff:\t//p", "/proc/self/status").strip();
        assertThat(new Capabilities(Long.parseUnsignedLong(bits, 16)))
                .isEqualTo(before.without(Capabilities.NET_BIND_SERVICE));
        assertThat(Capabilities.effective()).isEqualTo(before);
    }

    @Test
    void childInOwnSessionSharesOnlyOurOutput() throws Exception {
        Path said = folder.resolve("said");
        String script =
                "readlink /proc/self/fd/0 /proc/self/fd/1 >$0; cut -d' ' -f6 /proc/$$/stat >>$0;"
                        + " echo $$ >>$0";
        ChildSpec spec =
                new ChildSpec(
                        List.of("sh", "-c", script, said.toString()),
                        ChildEnvironment.minimal(),
                        Optional.empty());
        ChildProcess child = launcher.launch(spec.inOwnSession());
        child.exit().get(10, TimeUnit.SECONDS);
        Posix.close(child.takeSocket());

        List<String> lines = Files.readAllLines(said);
        assertThat(lines.get(0)).isEqualTo("/dev/null");
        assertThat(lines.get(2)).as("session").isEqualTo(lines.get(3));
    }

    @Test
    void outputFileIsPrivate() throws Exception {
        detached("true");

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(output)))
                .isEqualTo("rw-------");
    }

    @Test
    void foregroundChildSharesStandardStreams() throws Exception {
        StringBuilder ours = new StringBuilder();
        for (int stream = 0; stream <= 2; stream++) {
            ours.append(Files.readSymbolicLink(Path.of("/proc/self/fd/" + stream))).append('\n');
        }

        // Compares the shell's own streams, because the pipeline's are redirected.
        assertThat(foreground("cd /proc/$$/fd; for n in 0 1 2; do readlink $n; done | cat >&3"))
                .isEqualTo(ours.toString());
    }

    @Test
    void detachedChildLeadsSessionAndForegroundChildStaysInGroup() throws Exception {
        String pidGroupSession = "cut -d' ' -f1,5,6 /proc/self/stat";

        String[] detached =
                detached("cut", "-d ", "-f1,5,6", "/proc/self/stat").trim().split(" ", -1);
        String[] foreground = foreground(pidGroupSession + " >&3").trim().split(" ", -1);
        String ours = Files.readString(Path.of("/proc/self/stat"));
        String[] oursAfterName = ours.substring(ours.lastIndexOf(')') + 2).split(" ", -1);

        assertThat(detached).containsOnly(detached[0]);
        assertThat(List.of(foreground[1], foreground[2]))
                .isEqualTo(List.of(oursAfterName[2], oursAfterName[3]));
    }

    @Test
    void signalsAreUnblockedAndNotIgnoredByDetachedChild() throws Exception {
        LibC libc = Posix.libc();
        libc.signal(SIGURG, Pointer.createConstant(1));
        try {
            String detached = detached("grep", "-E", "SigBlk|SigIgn", "/proc/self/status");
            String foreground = foreground("grep -E 'SigBlk|SigIgn' /proc/self/status >&3");

            assertThat(detached).contains("SigBlk:\t" + mask(0)).contains("SigIgn:\t" + mask(0));
            assertThat(foreground).contains("SigBlk:\t" + mask(0));
            assertThat(ignored(foreground) & (1L << (SIGURG - 1))).isNotZero();
        } finally {
            libc.signal(SIGURG, LibC.SIG_DFL);
        }
    }

    @Test
    void environmentIsExactlyTheGivenOne() throws Exception {
        assertThat(run(List.of("env"), Map.of("NAME", "a value=1", "EMPTY", "")).lines())
                .containsExactlyInAnyOrder("NAME=a value=1", "EMPTY=");
        Files.delete(output);
        assertThat(run(List.of("env"), Map.of())).isEmpty();
    }

    @Test
    void argumentsArePassedUnchanged() throws Exception {
        assertThat(detached("printf", "[%s]", "a b", "", "$HOME", "'\""))
                .isEqualTo("[a b][][$HOME]['\"]");
    }

    @Test
    void unencodableArgumentsAreRejected() {
        assertThatThrownBy(() -> detached("echo", "lone surrogate \ud800"))
                .isInstanceOf(ChildLaunchException.class)
                .hasMessageContaining("lone surrogate")
                .hasMessageContaining("LC_ALL");
    }

    @Test
    void unencodableVariableDoesNotPreventLaunch() throws Exception {
        assertThat(run(List.of("env"), Map.of("STRAY", "\ud800"))).isEqualTo("STRAY=?\n");
    }

    @Test
    void socketCanBeTakenOnce() throws Exception {
        ChildProcess child = launcher.launch(spec(List.of("true"), Map.of()));
        Posix.libc().close(child.takeSocket());

        assertThatThrownBy(child::takeSocket)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("taken before");
        child.exit().get(10, TimeUnit.SECONDS);
    }

    private String detached(String... command) throws Exception {
        return run(List.of(command), Map.of());
    }

    private String run(List<String> command, Map<String, String> environment) throws Exception {
        ChildProcess child = launcher.launch(spec(command, environment));
        Posix.libc().close(child.takeSocket());
        assertThat(child.exit().get(10, TimeUnit.SECONDS)).isEqualTo(ExitStatus.exited(0));
        return Files.readString(output);
    }

    private ChildSpec spec(List<String> command, Map<String, String> environment) {
        return new ChildSpec(command, environment, Optional.of(output));
    }

    /** Runs a shell command as a foreground child and returns what it writes to descriptor 3. */
    private String foreground(String shellCommand) throws Exception {
        List<String> command = List.of("sh", "-c", shellCommand);
        ChildProcess child =
                launcher.launch(new ChildSpec(command, System.getenv(), Optional.empty()));
        try (ChildOutput received = new ChildOutput(child)) {
            assertThat(child.exit().get(10, TimeUnit.SECONDS)).isEqualTo(ExitStatus.exited(0));
            return received.rest();
        }
    }

    private static String mask(long signals) {
        return String.format("%016x", signals);
    }

    private static long ignored(String status) {
        return Long.parseUnsignedLong(status.replaceAll("(?s).*SigIgn:\\s*(\\w+).*", "$1"), 16);
    }
}
