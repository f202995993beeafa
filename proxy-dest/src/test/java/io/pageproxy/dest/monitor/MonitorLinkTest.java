package io.pageproxy.dest.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pageproxy.criu.Task;
import io.pageproxy.criu.TreeWatchdog.Action;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.posix.DescriptorChannel;
import io.pageproxy.posix.LibC;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ExitStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The network process's side, with a real monitor. */
class MonitorLinkTest {
    private static final int SECONDS = 10;

    @TempDir Path images;

    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private MonitorLab lab;
    private MonitorLink link;
    private HeldImages held;

    @BeforeEach
    void open() throws IOException {
        lab = MonitorLab.open(images.toRealPath());
        link = MonitorLink.over(lab.network, images, () -> gone.complete(null));
    }

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void restoreRunsAndItsLogIsInTheFolder() throws Exception {
        Path folder = lab.session("web");
        Restores.Paused restore = start(folder);
        assertThat(only().reads).isFalse();
        held.release();
        await().until(() -> only().reads);
        only().ready.complete(null);
        restore.ready().get(SECONDS, TimeUnit.SECONDS);
        assertThat(restore.root()).hasValue(ScriptedPrograms.ROOT);
        restore.run();
        only().exit.complete(ExitStatus.exited(0));

        assertThat(restore.exit().get(SECONDS, TimeUnit.SECONDS)).isEqualTo(ExitStatus.exited(0));
        assertThat(restore.pid()).hasValue(ScriptedPrograms.ROOT_PID);
        assertThat(folder.resolve("restore.log")).hasContent("the end of a log");
        assertThat(restore.left()).isEmpty();
    }

    @Test
    void restoreThatIsGivenUpIsKilled() throws Exception {
        Restores.Paused restore = start(lab.session("web"));
        held.release();
        restore.giveUp();
        restore.giveUp();

        assertThat(restore.exit().get(SECONDS, TimeUnit.SECONDS)).isEqualTo(ExitStatus.killed(9));
        assertThat(restore.killLeft()).containsExactly(1L, 2L);
    }

    @Test
    void restoreAndDaemonWhoseImagesDoNotComeEnd() throws Exception {
        Path folder = lab.session("web");
        held = link.hold(folder);
        ChildProcess daemon = link.lazyPages().launch(folder, held.addReader());
        Restores.Paused restore = link.start(folder, true, held.addReader());
        held.close();

        assertThat(daemon.exit().get(SECONDS, TimeUnit.SECONDS)).isEqualTo(ExitStatus.exited(1));
        assertThat(restore.exit().get(SECONDS, TimeUnit.SECONDS)).isEqualTo(ExitStatus.exited(1));
        Posix.close(daemon.takeSocket());
    }

    @Test
    void daemonReadsItsImagesBeforeItsRestoreDoes() throws Exception {
        Path folder = lab.session("web");
        held = link.hold(folder);
        int reader = held.addReader();
        ChildProcess daemon = link.lazyPages().launch(folder, reader);
        link.start(folder, true, held.addReader());
        held.release(reader);
        link.lazyPages().awaitListening(folder, daemon);

        assertThat(only().reads).isFalse();
        held.release();
        await().until(() -> only().reads);
        Posix.close(daemon.takeSocket());
    }

    @Test
    void refusalIsTheReasonWhyNothingIsRestored() throws IOException {
        Path folder = lab.session("web");
        Files.createDirectory(folder.resolve("mm-1.img"));

        start(folder);
        assertThatThrownBy(() -> held.release())
                .isInstanceOf(IOException.class)
                .hasMessage("the image mm-1.img is no regular file");
        assertThatThrownBy(() -> start(images.resolve("missing")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("missing");
        assertThatThrownBy(() -> link.watch(new Task(1, "0"), OptionalInt.of(0)))
                .hasMessage("process 1 is no tree that was restored here");
    }

    @Test
    void daemonSpeaksOnTheSocketThatComes() throws Exception {
        Path folder = lab.session("web");
        held = link.hold(folder);
        ChildProcess daemon = link.lazyPages().launch(folder, held.addReader());
        held.release();
        link.lazyPages().awaitListening(folder, daemon);
        try (DescriptorChannel socket = blocking(daemon.takeSocket())) {
            socket.write(ByteBuffer.allocateDirect(1).put(0, (byte) 42));
            ByteBuffer echo = ByteBuffer.allocateDirect(1);
            socket.read(echo);
            assertThat(echo.get(0)).isEqualTo((byte) 42);
        }

        assertThat(daemon.exit().get(SECONDS, TimeUnit.SECONDS)).isEqualTo(ExitStatus.exited(0));
    }

    private static DescriptorChannel blocking(int socket) throws IOException {
        LibC libc = Posix.libc();
        libc.fcntl(socket, LibC.F_SETFL, libc.fcntl(socket, LibC.F_GETFL) & ~LibC.O_NONBLOCK);
        return new DescriptorChannel(libc, socket);
    }

    @Test
    void daemonIsTerminated() throws Exception {
        Path folder = lab.session("web");
        held = link.hold(folder);
        ChildProcess daemon = link.lazyPages().launch(folder, held.addReader());

        assertThat(daemon.terminate(Duration.ofSeconds(5)).get(SECONDS, TimeUnit.SECONDS))
                .isEqualTo(ExitStatus.killed(15));
        Posix.close(daemon.takeSocket());
    }

    @Test
    void watchdogDoesAsItIsTold() throws Exception {
        start(lab.session("web"));
        only().ready.complete(null);
        try (Restores.Watchdog watchdog = link.watch(ScriptedPrograms.ROOT, OptionalInt.empty())) {
            watchdog.onOwnerExit(Action.STOP);
            watchdog.apply(Action.CONT);
            watchdog.leave();
        }

        assertThat(lab.programs.watchdogs)
                .containsExactly("watch 4711", "else STOP", "apply CONT", "leave", "close");
    }

    @Test
    void endOfMonitorEndsEverything() throws Exception {
        Restores.Paused restore = start(lab.session("web"));
        lab.close();

        gone.get(SECONDS, TimeUnit.SECONDS);
        assertThat(restore.exit().get(SECONDS, TimeUnit.SECONDS).success()).isFalse();
        assertThatThrownBy(() -> start(images.resolve("web"))).isInstanceOf(IOException.class);
    }

    /** Starts a restore, which waits for its images. */
    private Restores.Paused start(Path folder) throws IOException {
        held = link.hold(folder);
        return link.start(folder, false, held.addReader());
    }

    private ScriptedPrograms.Restore only() {
        assertThat(lab.programs.restores).hasSize(1);
        return lab.programs.restores.get(0);
    }
}
