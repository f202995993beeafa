package io.pageproxy.source.foresight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.criu.Task;
import io.pageproxy.frame.TreeNeeds.FileNeed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found of real processes: of a new one, and of this one. */
class TreeFactsTest {
    private static final Task SELF = Task.of(ProcessHandle.current().pid()).orElseThrow();

    @TempDir Path folder;

    @Test
    void filesThatAreOpenOrMappedAreFoundWithTheirLength() throws Exception {
        Path open = Files.writeString(folder.resolve("open"), "12345");
        Path gone = Files.writeString(folder.resolve("gone"), "1");
        Process process =
                new ProcessBuilder(
                                "sh",
                                "-c",
                                "exec 4<\"$1\" 5<\"$2\"; rm \"$2\"; exec sleep 300",
                                "sh",
                                open.toString(),
                                gone.toString())
                        .start();
        try {
            await().until(() -> process.info().command().orElse("").endsWith("sleep"));
            TreeFacts facts = new TreeFacts(Task.of(process.pid()).orElseThrow());
            assertThat(facts.files())
                    .contains(new FileNeed(open.toString(), 5))
                    .noneMatch(file -> file.path().contains("gone"))
                    .anyMatch(file -> file.path().endsWith("/sleep") && file.bytes() > 1_000);
            assertThat(facts.pids()).containsExactly(process.pid());
            assertThat(facts.processes()).isOne();
            assertThat(facts.inForeignSession()).isTrue(); // Of whoever runs the tests.
            assertThat(facts.opaque()).isEmpty();
            assertThat(facts.tracers()).isEmpty();
            assertThat(facts.hasFileLocks()).isFalse();
            assertThat(facts.hasSharedSysvMemory()).isFalse();
            assertThat(facts.ownNamespace("pid")).isFalse();
        } finally {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void leaderOfItsOwnSessionIsInNoForeignOne() throws Exception {
        Process process = new ProcessBuilder("setsid", "sleep", "300").start();
        try {
            await().until(() -> process.info().command().orElse("").endsWith("sleep"));
            TreeFacts facts = new TreeFacts(Task.of(process.pid()).orElseThrow());
            assertThat(facts.inForeignSession()).isFalse();
        } finally {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void portsConnectionsAndLocksAreFound() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket server = new ServerSocket(0, 1, loopback);
                Socket client = new Socket(loopback, server.getLocalPort());
                FileChannel file =
                        FileChannel.open(
                                folder.resolve("locked"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                FileLock lock = file.lock()) {
            assertThat(lock.isValid()).isTrue();
            TreeFacts facts = new TreeFacts(SELF);
            assertThat(facts.ports()).anyMatch(end -> end.endsWith(":" + server.getLocalPort()));
            assertThat(facts.connections())
                    .anyMatch(end -> end.endsWith(":" + client.getLocalPort()));
            assertThat(facts.hasFileLocks()).isTrue();
            assertThat(facts.pids()).hasSizeGreaterThan(1); // Its threads.
        }
    }

    @Test
    void deviceThatCriuCannotDumpIsNamed() throws IOException {
        Path device = Path.of("/dev/fuse");
        assertThat(device).exists();
        try (FileChannel open = FileChannel.open(device, StandardOpenOption.READ)) {
            assertThat(open.isOpen()).isTrue();
            assertThat(new TreeFacts(SELF).opaque()).contains(device.toString());
        }
        assertThat(new TreeFacts(SELF).opaque()).doesNotContain(device.toString());
    }
}
