package io.pageproxy.dest.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.Done;
import io.pageproxy.frame.Frame.Get;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A complete lazy session between a scripted peer and a scripted daemon. */
@Timeout(60)
class LazyDestSessionTest extends LazyDestLab {
    private static final String STALLS = "stalls";

    private static final String TREE_ENDS = "tree-ends";

    private ScriptedDaemon daemon;

    @BeforeEach
    void begin(@TempDir Path temp, TestInfo test) throws Exception {
        if (test.getTags().contains(STALLS)) {
            daemonTimeout = Duration.ofMillis(200);
        }
        daemon = new ScriptedDaemon(temp);
        List<String> command = List.of("criu", "lazy-pages", "-D", "/srv/{session}");
        ChildDaemons daemons = new ChildDaemons(daemon, command, "4.2", LAYOUT);
        if (test.getTags().contains(TREE_ENDS)) {
            target = Optional.of(new LazyTarget(daemons, new EndingTree()));
        }
        begin(daemons, Runnable::run);
    }

    @AfterEach
    void endDaemon() throws Exception {
        daemon.close();
    }

    private void daemonFetchesPages() throws Exception {
        daemon.says(asked(WANTED));
        awaitFrame(Get.class);
        ByteBuf answer = answer(WANTED);
        peerSays(block(answer));
        daemon.awaitHears(answer);
    }

    @Test
    void daemonIsStartedForTheSessionOnOurSocket() {
        assertThat(daemon.command())
                .containsExactly(
                        "criu",
                        "lazy-pages",
                        "-D",
                        "/srv/web",
                        "--page-server",
                        "--ps-socket",
                        "3");
    }

    @Test
    void requestsReachTheSourceAndPagesReachTheDaemon() throws Exception {
        daemonFetchesPages();
        assertThat(peerHeard).contains(new Get(WANTED, true));
    }

    @Test
    void doneIsSentOnceTheDaemonHasExitedWithZero() throws Exception {
        daemonFetchesPages();
        daemon.says(end());
        daemon.awaitHears(Unpooled.buffer().writeIntLE(0));
        assertThat(peerHears()).noneMatch(Done.class::isInstance);
        daemon.exits(ExitStatus.exited(0));
        awaitFrame(Done.class);
        peerSays(new Delivered());
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.COMPLETED);
    }

    @Test
    @Tag(STALLS)
    void daemonThatDoesNotExitAfterCloseFailsTheSession() throws Exception {
        daemonFetchesPages();
        daemon.says(end());
        daemon.awaitHears(Unpooled.buffer().writeIntLE(0));
        awaitFrame(Abort.class);
        await().until(daemon::isCutOff);
        daemon.exits(ExitStatus.exited(1));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.PAGE_SERVER_FAILED);
        assertThat(over().outcome().message()).contains("--page-server-timeout");
    }

    /** CRIU sends CLOSE even if it has failed. */
    @Test
    void doneIsNotSentIfTheDaemonFailsAfterClose() throws Exception {
        daemonFetchesPages();
        daemon.says(end());
        daemon.awaitHears(Unpooled.buffer().writeIntLE(0));
        daemon.exits(ExitStatus.exited(1));
        assertFailed(CloseReason.PAGE_SERVER_FAILED);
    }

    /** Both are killed, and the daemon's exit is noticed first. */
    @Test
    @Tag(TREE_ENDS)
    void endOfTheTreeIsTheCauseOfTheDaemonsExit() throws Exception {
        daemonFetchesPages();
        daemon.says(end());
        daemon.awaitHears(Unpooled.buffer().writeIntLE(0));
        daemon.exits(ExitStatus.exited(1));
        assertFailed(CloseReason.RESTORE_FAILED);
    }

    /** A tree whose restore is found to have failed while its daemon's exit is looked into. */
    private static final class EndingTree implements FedTree {
        private final CompletableFuture<Outcome> ending = new CompletableFuture<>();

        @Override
        public CompletableFuture<Void> whole() {
            return new CompletableFuture<>();
        }

        @Override
        public CompletableFuture<Outcome> ending() {
            return ending;
        }

        @Override
        public CompletableFuture<Void> restoreSettled() {
            ending.complete(
                    Outcome.failed(Side.DESTINATION, CloseReason.RESTORE_FAILED, "it was killed"));
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void released() {}

        @Override
        public CompletableFuture<Void> failed(Outcome outcome) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public String afterFailure() {
            return "";
        }
    }

    @Test
    void doneIsNotSentIfTheDaemonExitsWithoutClose() throws Exception {
        daemonFetchesPages();
        daemon.exits(ExitStatus.exited(0));
        assertFailed(CloseReason.PAGE_SERVER_FAILED);
    }

    @Test
    void lostTunnelClosesTheSocketOfTheDaemon() throws Exception {
        daemonFetchesPages();
        onLoop(() -> session.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut"));
        await().until(daemon::isCutOff);
        daemon.exits(ExitStatus.exited(1));
        assertFailed(CloseReason.PEER_LOST);
    }

    /** A wrapper that waits for images does not look at its socket. */
    @Test
    void daemonThatIgnoresItsClosedSocketIsTerminated() throws Exception {
        onLoop(() -> session.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut"));
        onLoop(wire::close);
        await().until(session.report()::isDone);
        assertThat(daemon.wasTerminated()).isTrue();
    }

    @Test
    void unrequestedPagesDoNotReachTheDaemon() throws Exception {
        daemon.says(asked(WANTED));
        awaitFrame(Get.class);
        ByteBuf twice = answer(WANTED).writeBytes(answer(WANTED));
        peerSays(block(twice));
        assertFailed(CloseReason.TUNNEL_PROTOCOL);
        assertThat(daemon.hasHeardNothing()).isTrue();
    }

    @Test
    void daemonThatSendsPagesFailsTheSession() throws Exception {
        daemon.says(answer(WANTED));
        assertFailed(CloseReason.PAGE_SERVER_FAILED);
        assertThat(peerHeard).noneMatch(Get.class::isInstance);
    }
}
