package io.pageproxy.dest.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.criu.Task;
import io.pageproxy.dest.HeldWorkers;
import io.pageproxy.dest.images.FreeImages;
import io.pageproxy.dest.lazy.DeafListener;
import io.pageproxy.dest.pageserver.CriuProbe;
import io.pageproxy.dest.restore.AllowedRestores;
import io.pageproxy.dest.restore.CriuRestores;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.net.EventLoops;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tree is one real process with a real watchdog; a script takes the place of the daemon. */
@Timeout(60)
class LazyRestoreTest {
    private static final Outcome LOST =
            Outcome.failed(Side.DESTINATION, CloseReason.PEER_LOST, "the tunnel was cut");

    /** Listens, and notes that its socket is closed; starts no program, which a kill would miss. */
    private static final String DAEMON =
            """
            #!/bin/sh
            : >"$3/lazy-pages.socket"
            read -r word <&3
            : >"$3/closed"
            """;

    private final EventLoopGroup group = EventLoops.create("test", 1);
    private final EventLoop loop = group.next();
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final CompletableFuture<Void> told = new CompletableFuture<>();
    private final CompletableFuture<Outcome> failed = new CompletableFuture<>();
    private final CompletableFuture<Outcome> over = new CompletableFuture<>();

    @TempDir private Path folder;
    private Process task;
    private LazyRestore tree;
    private DeafListener daemonListener;
    private boolean ended;

    private final LazyRestore.Owner owner =
            new LazyRestore.Owner() {
                @Override
                public void onWhole() {
                    told.complete(null);
                }

                @Override
                public void onPagesFailed(Outcome outcome) {
                    failed.complete(outcome);
                }

                @Override
                public void onLazyOver(Outcome outcome) {
                    over.complete(outcome);
                }
            };

    @BeforeEach
    void watchTree() throws Exception {
        task = new ProcessBuilder("sleep", "300").start();
        Path daemon = folder.resolve("daemon");
        Files.writeString(daemon, DAEMON);
        assertThat(daemon.toFile().setExecutable(true)).isTrue();
        CriuProbe.Facts criu =
                new CriuProbe.Facts(daemon.toString(), "CRIU", RecordLayout.BYTES_32, true);
        Restores restores =
                new AllowedRestores(
                        new CriuRestores(new PosixChildLauncher(4096), criu.program(), List.of()),
                        criu);
        SerialWork work = new SerialWork(workers, loop, failure -> {});
        tree = new LazyRestore(restores, loop, work, Duration.ofMillis(500), owner);
        daemonListener = DeafListener.take(tree.daemons(), loop);
        CompletableFuture<Void> watched = new CompletableFuture<>();
        tree.prepareDaemon(folder, new FreeImages());
        loop.execute(
                () ->
                        tree.startDaemon(
                                folder,
                                () ->
                                        tree.watch(
                                                Task.of(task.pid()),
                                                () -> watched.complete(null))));
        watched.get(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void end() throws Exception {
        if (told.isDone()) {
            tree.released();
            over.get(10, TimeUnit.SECONDS);
        } else if (!ended) {
            endTree();
        }
        loop.submit(daemonListener::giveUp).get();
        await().until(() -> Files.exists(folder.resolve("closed")));
        task.destroyForcibly();
        HeldWorkers.stop(workers);
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private void endTree() throws Exception {
        CompletableFuture<Void> killed = new CompletableFuture<>();
        loop.execute(() -> tree.end(LOST, () -> killed.complete(null)));
        ended = true;
        killed.get(10, TimeUnit.SECONDS);
    }

    private void run() throws Exception {
        loop.submit(tree::resuming).get();
        loop.submit(tree::running).get();
    }

    private void becomeWhole() throws Exception {
        run();
        tree.whole().get(10, TimeUnit.SECONDS);
    }

    @Test
    void treeIsIncompleteUntilItRuns() throws Exception {
        CompletableFuture<Void> whole = tree.whole();
        loop.submit(() -> {}).get();
        assertThat(whole).isNotDone();
        run();
        whole.get(10, TimeUnit.SECONDS);
        assertThat(told).isDone();
    }

    @Test
    void exitOfTheDaemonIsDelayedWhileTheTreeIsPaused() throws Exception {
        CompletableFuture<Void> settled = tree.restoreSettled();
        loop.submit(() -> {}).get();
        assertThat(settled).isNotDone();
        settled.get(10, TimeUnit.SECONDS);
    }

    @Test
    void exitOfTheDaemonOfARunningTreeIsNotDelayed() throws Exception {
        run();
        CompletableFuture<Void> settled = tree.restoreSettled();
        loop.submit(() -> {}).get();
        assertThat(settled).isDone();
    }

    @Test
    void incompleteTreeIsKilledBeforeTheSocketOfItsDaemonIsClosed() throws Exception {
        run();
        CompletableFuture<Void> harmless = tree.failed(LOST);
        assertThat(failed.get(10, TimeUnit.SECONDS)).isEqualTo(LOST);
        assertThat(harmless).isNotDone();
        endTree();
        assertThat(task.isAlive()).isFalse();
        assertThat(folder.resolve("closed")).doesNotExist();
    }

    @Test
    void completeTreeIsStoppedAfterTheSourceIsLostUntilItIsReleased() throws Exception {
        becomeWhole();
        tree.failed(LOST);
        await().until(() -> state() == 'T');
        tree.released();
        assertThat(over.get(10, TimeUnit.SECONDS).good()).isTrue();
        await().until(() -> state() == 'S');
    }

    @Test
    void completeTreeOfASilentSourceStaysStopped() throws Exception {
        becomeWhole();
        tree.failed(LOST);
        assertThat(over.get(10, TimeUnit.SECONDS).message())
                .contains("kill -CONT")
                .contains("" + task.pid());
        assertThat(state()).isEqualTo('T');
    }

    @Test
    void treeThatIsBeingKilledNeverBecomesComplete() throws Exception {
        run();
        CompletableFuture<Void> killed = new CompletableFuture<>();
        loop.execute(() -> tree.end(LOST, () -> killed.complete(null)));
        ended = true;
        CompletableFuture<Void> whole = tree.whole();
        killed.get(10, TimeUnit.SECONDS);
        loop.submit(() -> {}).get();
        assertThat(whole).isNotDone();
    }

    private char state() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + task.pid() + "/stat"));
        return stat.charAt(stat.lastIndexOf(')') + 2);
    }
}
