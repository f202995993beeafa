package io.pageproxy.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pageproxy.posix.Signals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ActionScriptBarrierTest {
    @Test
    void scriptBlocksAtItsActionUntilGo() throws Exception {
        try (ActionScriptBarrier barrier = ActionScriptBarrier.open("post-dump")) {
            Process criu = run(barrier, "post-dump");
            barrier.reached().get(10, TimeUnit.SECONDS);
            assertThat(criu.isAlive()).isTrue();
            barrier.go();
            assertThat(criu.waitFor()).isZero();
        }
    }

    @Test
    void goIsDeliveredEvenIfTheBarrierClosesRightAfter() throws Exception {
        ActionScriptBarrier barrier = ActionScriptBarrier.open("post-dump");
        Process criu = run(barrier, "post-dump");
        barrier.reached().get(10, TimeUnit.SECONDS);
        barrier.go();
        barrier.close();
        assertThat(criu.waitFor()).isZero();
    }

    @Test
    void otherActionsAreNotBlocked() throws Exception {
        try (ActionScriptBarrier barrier = ActionScriptBarrier.open("post-dump")) {
            assertThat(run(barrier, "network-lock").waitFor()).isZero();
            assertThat(barrier.reached()).isNotDone();
        }
    }

    @Test
    void scriptFailsWhenTheBarrierIsClosed() throws Exception {
        ActionScriptBarrier barrier = ActionScriptBarrier.open("post-restore");
        Process criu = run(barrier, "post-restore");
        barrier.reached().get(10, TimeUnit.SECONDS);
        barrier.close();
        assertThat(criu.waitFor()).isNotZero();
    }

    /** Otherwise it would serve its pages to nobody. */
    @Test
    void lazyDumpIsKilledWhenTheBarrierIsClosed() throws Exception {
        ActionScriptBarrier barrier = ActionScriptBarrier.ofLazyDump();
        ProcessBuilder builder =
                new ProcessBuilder("sh", "-c", "\"$0\"; sleep 300", script(barrier) + "");
        builder.environment().put("CRTOOLS_SCRIPT_ACTION", "post-dump");
        Process criu = builder.start();
        barrier.reached().get(10, TimeUnit.SECONDS);
        barrier.close();
        assertThat(criu.waitFor()).isEqualTo(128 + Signals.SIGKILL);
    }

    /** The script's criu has ended before the kill, and its pid was reused. */
    @Test
    void processThatHasThePidOfTheLazyDumpMeanwhileIsNotKilled(@TempDir Path folder)
            throws Exception {
        ActionScriptBarrier barrier = ActionScriptBarrier.ofLazyDump();
        // Instead of sleeping it makes the next look at the start time find another one.
        Path sleep = executable(folder, "sleep", "touch %1$s/slept".formatted(folder));
        Path cat =
                executable(
                        folder,
                        "cat",
                        "[ ! -e %1$s/slept ] || { touch %1$s/looked; exit 1; }; exec /bin/cat \"$@\""
                                .formatted(folder));
        assertThat(sleep.getParent()).isEqualTo(cat.getParent());
        ProcessBuilder builder =
                new ProcessBuilder("sh", "-c", "\"$0\"; exec /bin/sleep 300", script(barrier) + "");
        builder.environment().put("CRTOOLS_SCRIPT_ACTION", "post-dump");
        builder.environment().merge("PATH", folder + ":", (path, added) -> added + path);
        Process stranger = builder.start();
        barrier.reached().get(10, TimeUnit.SECONDS);
        barrier.close();
        await().until(() -> Files.exists(folder.resolve("looked")));
        assertThat(stranger.waitFor(500, TimeUnit.MILLISECONDS)).as("killed").isFalse();
        stranger.destroyForcibly();
    }

    private static Path executable(Path folder, String name, String command) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + command + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    @Test
    void rootIsThePidThatCriuPasses() throws Exception {
        try (ActionScriptBarrier barrier = ActionScriptBarrier.open("post-restore")) {
            assertThat(barrier.root()).isEmpty();
            ProcessBuilder builder = new ProcessBuilder(script(barrier).toString());
            builder.environment().put("CRTOOLS_SCRIPT_ACTION", "post-restore");
            Task self = Task.of(ProcessHandle.current().pid()).orElseThrow();
            builder.environment().put("CRTOOLS_INIT_PID", "" + self.pid());
            builder.start();
            barrier.reached().get(10, TimeUnit.SECONDS);
            assertThat(barrier.root()).contains(self);
        }
    }

    @Test
    void closedBarrierRemovesItsScript() throws Exception {
        ActionScriptBarrier barrier = ActionScriptBarrier.open("post-restore");
        Path script = script(barrier);
        barrier.close();
        assertThat(script.getParent()).doesNotExist();
    }

    @Test
    void folderIsPrivate() throws Exception {
        try (ActionScriptBarrier barrier = ActionScriptBarrier.open("post-dump")) {
            Path folder = script(barrier).getParent();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                    .isEqualTo("rwx------");
            await().until(() -> folder.toFile().list().length == 3);
        }
    }

    /** Otherwise tasks would stay frozen for as long as pageproxy hangs. */
    @Test
    void scriptFailsWithoutKeepalives() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        try (ActionScriptBarrier barrier =
                ActionScriptBarrier.open("post-dump", Duration.ofSeconds(1))) {
            barrier.ownedBy(() -> hangs(hanging));
            Process criu = run(barrier, "post-dump");
            barrier.reached().get(10, TimeUnit.SECONDS);
            assertThat(criu.waitFor()).isNotZero();
        } finally {
            hanging.countDown();
        }
    }

    private static boolean hangs(CountDownLatch hanging) {
        try {
            return hanging.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void keepalivesLetTheOwnerDecideLater() throws Exception {
        try (ActionScriptBarrier barrier =
                ActionScriptBarrier.open("post-dump", Duration.ofSeconds(1))) {
            Process criu = run(barrier, "post-dump");
            assertThat(criu.waitFor(2500, TimeUnit.MILLISECONDS)).isFalse();
            barrier.go();
            assertThat(criu.waitFor()).isZero();
        }
    }

    @Test
    void scriptFailsWhenTheOwnerEndsUndecided() throws Exception {
        try (ActionScriptBarrier barrier = ActionScriptBarrier.open("post-dump")) {
            barrier.ownedBy(() -> false);
            Process criu = run(barrier, "post-dump");
            assertThat(criu.waitFor()).isNotZero();
            await().until(() -> !Files.exists(script(barrier)));
        }
    }

    @Test
    void noexecFileSystemIsSkipped(@TempDir Path folder) throws Exception {
        Path noexec = Files.createDirectory(folder.resolve("noexec"));
        Path other = Files.createDirectory(folder.resolve("other"));
        assertThat(mount("mount", "-t", "tmpfs", "-o", "noexec", "tmpfs", noexec + ""))
                .as("exit code of mount, which needs root")
                .isZero();
        try {
            Path made = ScriptFolder.make("post-dump", "#!/bin/sh\n", List.of(noexec, other));
            assertThat(made.getParent()).isEqualTo(other);
            assertThat(noexec).isEmptyDirectory();
            assertThatThrownBy(() -> ScriptFolder.make("post-dump", "", List.of(noexec)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(noexec + " is mounted noexec")
                    .hasMessageContaining("-Djava.io.tmpdir=DIR");
        } finally {
            mount("umount", noexec + "");
        }
    }

    private static int mount(String... command) throws Exception {
        return new ProcessBuilder(command).start().waitFor();
    }

    @Test
    void missingFolderIsSkipped(@TempDir Path folder) throws Exception {
        Path missing = folder.resolve("missing");
        Path made = ScriptFolder.make("post-dump", "#!/bin/sh\n", List.of(missing, folder));
        assertThat(made.getParent()).isEqualTo(folder);
        assertThatThrownBy(() -> ScriptFolder.make("post-dump", "", List.of(missing)))
                .hasMessageContaining(missing + " does not take it");
    }

    private static Process run(ActionScriptBarrier barrier, String action) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(script(barrier).toString());
        builder.environment().put("CRTOOLS_SCRIPT_ACTION", action);
        return builder.start();
    }

    private static Path script(ActionScriptBarrier barrier) {
        return Path.of(barrier.arguments().get(1));
    }
}
