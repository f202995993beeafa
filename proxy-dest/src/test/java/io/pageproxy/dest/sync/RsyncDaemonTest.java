package io.pageproxy.dest.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.posix.DescriptorChannel;
import io.pageproxy.posix.FolderHandle;
import io.pageproxy.posix.LibC;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.rsync.RsyncProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hostile source may try at the real daemon, by a real rsync with options of its own. */
@Timeout(60)
class RsyncDaemonTest {
    private static final String SHELL =
            "/bin/sh -c 'exec 4<&0; cat <&4 >&3 & exec 4<&-; cat <&3; kill $!' sh";

    @TempDir private Path dir;
    private Path source;
    private Path target;
    private Path outside;
    private PosixChildLauncher launcher;
    private RsyncDaemon daemon;

    @BeforeEach
    void makeFolders() throws IOException {
        launcher = new PosixChildLauncher(1 << 16);
        source = Files.createDirectory(dir.resolve("source"));
        target = Files.createDirectories(dir.resolve("root/target"));
        outside = Files.createDirectory(dir.resolve("outside"));
        Files.writeString(outside.resolve("kept"), "kept");
        Files.writeString(source.resolve("file"), "content");
    }

    @AfterEach
    void endDaemon() throws IOException {
        if (daemon != null) {
            daemon.close();
        }
        assertThat(outside.resolve("kept")).hasContent("kept");
        try (var entries = Files.list(outside)) {
            assertThat(entries).hasSize(1);
        }
    }

    /** Runs rsync to the daemon; returns its exit code. */
    private int rsync(String... words) throws Exception {
        if (daemon != null) {
            daemon.close(); // That of the run before.
        }
        try (FolderHandle folder = FolderHandle.open(target)) {
            int descriptor = folder.duplicate();
            daemon = RsyncDaemon.start(launcher, descriptor);
            Posix.close(descriptor);
        }
        List<String> command = new ArrayList<>(List.of(RsyncProgram.NAME, "-e", SHELL));
        command.addAll(List.of(words));
        Path log = dir.resolve("client.log");
        ChildProcess client =
                launcher.launch(
                        new ChildSpec(command, ChildEnvironment.minimal(), Optional.of(log)));
        DescriptorChannel near = blocking(client);
        DescriptorChannel far = blocking(daemon.child());
        CompletableFuture<Void> up =
                CompletableFuture.runAsync(
                        () -> {
                            copy(near, far);
                            far.close(); // The client has ended.
                        });
        copy(far, near);
        near.close();
        far.close();
        up.get(20, TimeUnit.SECONDS);
        daemon.child().exit().get(20, TimeUnit.SECONDS);
        return client.exit().get(20, TimeUnit.SECONDS).shellCode();
    }

    private static DescriptorChannel blocking(ChildProcess child) throws IOException {
        int socket = child.takeSocket();
        LibC libc = Posix.libc();
        libc.fcntl(socket, LibC.F_SETFL, libc.fcntl(socket, LibC.F_GETFL) & ~LibC.O_NONBLOCK);
        return new DescriptorChannel(libc, socket);
    }

    private static void copy(DescriptorChannel from, DescriptorChannel to) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 16);
        try {
            while (from.read(bytes.clear()) > 0) {
                bytes.flip();
                while (bytes.hasRemaining()) {
                    to.write(bytes);
                }
            }
        } catch (IOException e) {
            // The other end is gone.
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--checksum", "--compress"})
    void folderIsCopiedAndNothingOfItsConfigurationStays(String option) throws Exception {
        assertThat(rsync("-aHAXSx", "--numeric-ids", "--delete", option, here(), "x::files/"))
                .as(() -> daemon.said())
                .isZero();
        assertThat(target.resolve("file")).hasContent("content");
        daemon.close();
        assertThat(daemon.folder()).doesNotExist();
    }

    private String here() {
        return source + "/";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--inplace",
                "--write-devices",
                "--partial-dir=/x",
                "--temp-dir=/",
                "--backup",
                "--backup-dir=../outside",
                "--link-dest=../outside",
                "--copy-dest=../outside",
                "--compare-dest=../outside",
                "--log-file=/log",
                "--fake-super",
                "--usermap=0:1",
                "--iconv=utf8",
                "--append",
                "--keep-dirlinks",
                "--relative",
                "--force",
                "--mkpath",
                "--max-alloc=8G",
            })
    void otherOptionsAreRefused(String option) throws Exception {
        assertThat(rsync("-a", option, "-M" + option, here(), "x::files/")).isEqualTo(4);
        assertThat(target).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--compress-choice=zlib", "--compress-level=19"})
    void howItIsCompressedIsNotTheSourcesChoice(String option) throws Exception {
        assertThat(rsync("-az", "-M" + option, here(), "x::files/")).isNotZero();
        assertThat(target).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"x::other/", "x::/", "x::"})
    void thereIsNoOtherModule(String other) throws Exception {
        rsync("-a", here(), other);
        assertThat(target).isEmptyDirectory();
    }

    @Test
    void nothingCanBeRead() throws Exception {
        Files.writeString(target.resolve("secret"), "secret");
        assertThat(rsync("-a", "x::files/", here())).isNotZero();
        assertThat(source.resolve("secret")).doesNotExist();
    }

    @Test
    void pathsThatLeadUpStayInTheFolder() throws Exception {
        rsync("-a", here(), "x::files/../../outside/");
        rsync("-a", "--no-i-r", here(), "x::files/../../../../../../../../" + outside + "/");
        assertThat(dir.resolve("root")).isDirectoryNotContaining("glob:**file");
    }

    @Test
    void linksThatLeadOutStayInTheFolder() throws Exception {
        Files.createSymbolicLink(target.resolve("out"), outside);
        rsync("-a", here(), "x::files/out/");
        Files.createSymbolicLink(source.resolve("sub"), outside);
        rsync("-a", here(), "x::files/");
        assertThat(Files.isSymbolicLink(target.resolve("sub"))).isTrue();
        Files.delete(source.resolve("sub"));
        Files.createDirectory(source.resolve("sub"));
        Files.writeString(source.resolve("sub/file"), "content");
        rsync("-a", here(), "x::files/");
        assertThat(target.resolve("sub/file")).hasContent("content");
    }

    @Test
    void daemonThatIsClosedIsKilled() throws Exception {
        try (FolderHandle folder = FolderHandle.open(target)) {
            int descriptor = folder.duplicate();
            daemon = RsyncDaemon.start(launcher, descriptor);
            Posix.close(descriptor);
        }
        Posix.close(daemon.child().takeSocket());
        daemon.close();
        assertThat(daemon.child().exit().get(20, TimeUnit.SECONDS)).isNotNull();
    }
}
