package io.pageproxy.dest.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Sync;
import io.pageproxy.frame.Frame.SyncEnd;
import io.pageproxy.frame.Frame.SyncReady;
import io.pageproxy.process.ChildLaunchException;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.tunnel.TunnelListener;
import io.pageproxy.tunnel.TunnelPair;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The test is the source, and a shell script is in place of the daemon. */
@Timeout(60)
class SyncPassTest {
    /** Greets, repeats a line to its log, and ends. */
    private static final String ECHO = "echo greeting >&3; read line <&3; echo \"$line\"";

    @TempDir private Path root;
    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final CompletableFuture<ChildProcess> daemon = new CompletableFuture<>();
    private final CompletableFuture<Path> configuration = new CompletableFuture<>();
    private TestPermit permit;
    private SyncedFolders folders;
    private TunnelPair source;
    private Sync sync;

    /** Before the pass takes the connection over. */
    private static final class Nobody implements TunnelListener {
        @Override
        public void onFrame(Frame frame) {
            throw new AssertionError(frame);
        }

        @Override
        public void onTunnelFailure(CloseReason reason, String message) {}
    }

    @BeforeEach
    void makeFolders() {
        permit = new TestPermit(root);
        folders = new SyncedFolders(permit, new SyncedPaths());
    }

    /** No daemon and nothing of its configuration stays. */
    @AfterEach
    void assertNothingIsLeft() throws Exception {
        folders.close();
        if (daemon.isDone()) {
            daemon.join().exit().get(20, TimeUnit.SECONDS);
            await().until(() -> !Files.exists(configuration.join()));
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        workers.shutdown();
    }

    private void begin(boolean last, String script) throws Exception {
        ChildLauncher real = new PosixChildLauncher(1 << 16);
        begin(
                last,
                spec -> {
                    List<String> words = List.of("/bin/sh", "-c", script);
                    ChildProcess child =
                            real.launch(
                                    new ChildSpec(words, spec.environment(), spec.outputFile()));
                    configuration.complete(spec.outputFile().orElseThrow().getParent());
                    daemon.complete(child);
                    return child;
                });
    }

    private void begin(boolean last, ChildLauncher launcher) throws Exception {
        source = TunnelPair.connect(group, new Nobody(), frame -> {});
        sync = new Sync("token", Optional.of(root.resolve("to").toString()), last, 15_000);
        source.tunnel()
                .channel()
                .eventLoop()
                .submit(
                        () ->
                                SyncPass.begin(
                                        launcher,
                                        workers,
                                        new IncomingConnection(
                                                source.tunnel(),
                                                source.tunnel().channel().eventLoop(),
                                                new SessionFacts("192.0.2.1:1", 4096)),
                                        folders,
                                        sync))
                .get(20, TimeUnit.SECONDS);
    }

    @Test
    void passRelaysBothWaysAndTellsTheEnd() throws Exception {
        begin(true, ECHO);
        assertThat(source.heard()).isEqualTo(new SyncReady());
        await().until(() -> source.heardText().equals("greeting\n"));
        source.say("line\n");
        assertThat(source.heard()).isEqualTo(new SyncEnd(0, Optional.empty()));
        assertThat(permit.counted()).isEqualTo(5);
        folders.requireComplete();
        source.cut();
    }

    @Test
    void daemonThatFailsIsToldWithItsLog() throws Exception {
        begin(true, ECHO + "; exit 11");
        assertThat(source.heard()).isEqualTo(new SyncReady());
        source.say("No space left on device\n");
        assertThat(source.heard())
                .isEqualTo(new SyncEnd(11, Optional.of("No space left on device")));
        assertNotComplete();
    }

    @Test
    void daemonThatIsKilledIsTold() throws Exception {
        begin(false, "exec sleep 100");
        assertThat(source.heard()).isEqualTo(new SyncReady());
        daemon.join().signal(9);
        assertThat(((SyncEnd) source.heard()).exit()).isEqualTo(137);
        assertNotComplete();
    }

    private void assertNotComplete() {
        assertThatThrownBy(folders::requireComplete).hasMessageContaining("before the last pass");
    }

    @Test
    void programThatIsMissingIsTold() throws Exception {
        begin(
                false,
                spec -> {
                    throw new ChildLaunchException("rsync: not found");
                });
        assertAborted(CloseReason.LOCAL_FAILURE, "rsync cannot be started at the destination");
    }

    @Test
    void folderThatIsNotAllowedIsTold() throws Exception {
        permit.refuse("not into that");
        begin(false, ECHO);
        assertAborted(CloseReason.SESSION_NOT_ALLOWED, "not into that");
        assertThat(daemon).isNotDone();
    }

    /** Such as a bundle that cannot be restored. */
    @Test
    void faultOfWhatWasCopiedIsTold() throws Exception {
        permit.findFault("no config.json");
        begin(true, ECHO);
        assertThat(source.heard()).isEqualTo(new SyncReady());
        source.say("line\n");
        assertAborted(CloseReason.SESSION_NOT_ALLOWED, "no config.json");
        assertNotComplete();
    }

    private void assertAborted(CloseReason reason, String says) throws Exception {
        Abort abort = (Abort) source.heard();
        assertThat(abort.reason()).isEqualTo(reason);
        assertThat(abort.message()).contains(says);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cut", "abort", "wrong frame", "end of the migration"})
    void daemonEndsWithItsSource(String how) throws Exception {
        begin(true, "exec sleep 100");
        assertThat(source.heard()).isEqualTo(new SyncReady());
        switch (how) {
            case "cut" -> source.cut();
            case "abort" ->
                    source.say(new Abort(CloseReason.SHUTDOWN, "given up", Optional.empty()));
            case "wrong frame" -> source.say(new Commit());
            default -> folders.close();
        }
        assertThat(daemon.join().exit().get(20, TimeUnit.SECONDS).shellCode()).isEqualTo(137);
        if (how.equals("wrong frame")) {
            assertAborted(CloseReason.TUNNEL_PROTOCOL, "while RELAYING");
        } else if (how.equals("end of the migration")) {
            assertAborted(CloseReason.SESSION_INVALID, "is over");
        }
        assertNotComplete();
    }

    @Test
    void endOfTheSourcesRsyncIsHeardByTheDaemon() throws Exception {
        begin(true, "cat <&3");
        assertThat(source.heard()).isEqualTo(new SyncReady());
        source.say("all of it");
        source.say(new SyncEnd(0, Optional.empty()));
        assertThat(source.heard()).isEqualTo(new SyncEnd(0, Optional.empty()));
        folders.requireComplete();
    }

    /** The migration ends while the daemon is being started. */
    @Test
    void daemonThatStartsTooLateEndsAtOnce() throws Exception {
        CompletableFuture<Void> mayStart = new CompletableFuture<>();
        CompletableFuture<Void> starting = new CompletableFuture<>();
        ChildLauncher real = new PosixChildLauncher(1 << 16);
        begin(
                true,
                spec -> {
                    starting.complete(null);
                    mayStart.join();
                    ChildProcess child =
                            real.launch(
                                    new ChildSpec(
                                            List.of("sleep", "100"),
                                            spec.environment(),
                                            spec.outputFile()));
                    configuration.complete(spec.outputFile().orElseThrow().getParent());
                    daemon.complete(child);
                    return child;
                });
        starting.get(20, TimeUnit.SECONDS);
        folders.close();
        assertAborted(CloseReason.SESSION_INVALID, "is over");
        mayStart.complete(null);
        assertThat(daemon.get(20, TimeUnit.SECONDS).exit().get(20, TimeUnit.SECONDS).shellCode())
                .isEqualTo(137);
    }
}
