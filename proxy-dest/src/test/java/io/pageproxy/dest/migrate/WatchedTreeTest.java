package io.pageproxy.dest.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.criu.Task;
import io.pageproxy.dest.HeldWorkers;
import io.pageproxy.dest.images.FreeImages;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.dest.lazy.DeafListener;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.net.EventLoops;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tree is a real process, and so is each watchdog; the first one gets killed. */
@Timeout(60)
class WatchedTreeTest {
    private final EventLoopGroup group = EventLoops.create("test", 1);
    private final EventLoop loop = group.next();
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final SerialWork work = new SerialWork(workers, loop, failure -> {});
    private final ScriptedRestore scripted = new ScriptedRestore();
    private final List<Task> watched = new CopyOnWriteArrayList<>();

    @TempDir private Path folder;
    private AttachedDaemons daemons;
    private DeafListener daemonListener;

    @BeforeEach
    void startDaemon() throws Exception {
        scripted.beLazy(folder);
        daemons = scripted.lazyDaemons();
        daemonListener = DeafListener.take(daemons, loop);
        CompletableFuture<Void> started = new CompletableFuture<>();
        daemons.prepare(folder, new FreeImages());
        loop.execute(() -> work.run(() -> daemons.start(folder), () -> started.complete(null)));
        started.get(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void end() throws Exception {
        loop.submit(daemonListener::giveUp).get();
        await().until(() -> Files.exists(folder.resolve("closed")));
        scripted.killTree();
        HeldWorkers.stop(workers);
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void treeWhoseWatchdogIsKilledIsKilledByAnother() throws Exception {
        Task root = scripted.root().orElseThrow();
        killAfterTheWatchdog(root);
        assertThat(watched).containsExactly(root, root);
        assertThat(scripted.treeIsDead()).isTrue();
    }

    @Test
    void processThatHasThePidOfTheTreeMeanwhileIsNotKilled() throws Exception {
        Task before = new Task(scripted.root().orElseThrow().pid(), "1");
        killAfterTheWatchdog(before);
        assertThat(watched).containsExactly(before, before);
        assertThat(scripted.treeIsDead()).isFalse();
    }

    /** Has a tree watched, kills its watchdog, and then the tree. */
    private void killAfterTheWatchdog(Task root) throws Exception {
        WatchedTree tree = new WatchedTree(restores(), work);
        CompletableFuture<Void> started = new CompletableFuture<>();
        loop.execute(() -> tree.watch(Optional.of(root), daemons, () -> started.complete(null)));
        started.get(10, TimeUnit.SECONDS);
        ProcessHandle watchdog = watchdogOf(root.pid());
        watchdog.destroyForcibly();
        watchdog.onExit().get(10, TimeUnit.SECONDS);
        CompletableFuture<Void> killed = new CompletableFuture<>();
        loop.execute(
                () -> {
                    tree.kill();
                    work.runAlways(() -> killed.complete(null));
                });
        killed.get(10, TimeUnit.SECONDS);
    }

    private static ProcessHandle watchdogOf(long root) {
        return ProcessHandle.current()
                .children()
                .filter(child -> child.info().commandLine().orElse("").contains(" " + root + " "))
                .findFirst()
                .orElseThrow();
    }

    /** The first watchdog watches whatever has the pid; the next ones look at the start time. */
    private Restores restores() {
        return new Restores() {
            @Override
            public Watchdog watch(Task root, OptionalInt kept) throws IOException {
                watched.add(root);
                Task found = watched.size() == 1 ? Task.of(root.pid()).orElseThrow() : root;
                return scripted.watch(found, kept);
            }

            @Override
            public boolean allowed() {
                return true;
            }

            @Override
            public HeldImages hold(Path images) throws IOException {
                return scripted.hold(images);
            }

            @Override
            public Paused start(Path images, boolean lazy, int reader) {
                return scripted.start(images, lazy, reader);
            }

            @Override
            public AttachedDaemons lazyDaemons() {
                return scripted.lazyDaemons();
            }
        };
    }
}
