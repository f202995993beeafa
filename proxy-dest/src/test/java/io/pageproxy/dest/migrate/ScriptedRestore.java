package io.pageproxy.dest.migrate;

import io.pageproxy.criu.Task;
import io.pageproxy.dest.images.FreeImages;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.images.HeldInventory;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.dest.lazy.CriuLazyPages;
import io.pageproxy.dest.restore.CriuRestores;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** A scripted restore; if it is lazy, its tree is one real process. */
final class ScriptedRestore implements Restores, Restores.Paused {
    static final long PID = 4711;

    /** Listens, and notes that its socket is closed; starts no program, which a kill would miss. */
    private static final String DAEMON =
            """
            #!/bin/sh
            : >"$3/lazy-pages.socket"
            read -r word <&3
            : >"$3/closed"
            """;

    final CompletableFuture<Void> ready = new CompletableFuture<>();
    final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

    /** Whether it really waits for its images. */
    volatile boolean waits;

    volatile boolean running;
    volatile boolean givenUp;
    volatile boolean killed;
    volatile Error fault;
    volatile RuntimeException faultOfRoot;
    volatile List<Long> left = List.of();

    /** Why a container cannot be restored. */
    volatile Optional<String> impossible = Optional.empty();

    /** Exit status of the restore when its tree runs; empty if the test ends it. */
    volatile Optional<ExitStatus> exitOfRun = Optional.of(ExitStatus.exited(0));

    private ChildLauncher launcher;
    private Path daemon;
    private Process tree;

    /** Makes it lazy, with a daemon in that folder and a real process as its tree. */
    void beLazy(Path folder) throws IOException {
        launcher = new PosixChildLauncher(4096);
        daemon = folder.resolve("daemon");
        Files.writeString(daemon, DAEMON);
        if (!daemon.toFile().setExecutable(true)) {
            throw new IOException("cannot make " + daemon + " executable");
        }
        tree = new ProcessBuilder("sleep", "300").start();
    }

    /** The state letter of proc(5) of the real process; X if it is gone. */
    char treeState() {
        try {
            String stat = Files.readString(Path.of("/proc/" + tree.pid() + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException gone) {
            return 'X';
        }
    }

    /** Whether the real process is gone. */
    boolean treeIsDead() {
        return "ZX".indexOf(treeState()) >= 0;
    }

    /** Kills the daemon with SIGKILL; returns when it is gone or a zombie. */
    void killDaemon() {
        ProcessHandle process =
                ProcessHandle.current()
                        .children()
                        .filter(
                                child ->
                                        child.info().commandLine().orElse("").contains("" + daemon))
                        .findFirst()
                        .orElseThrow();
        process.destroyForcibly();
        process.onExit().join();
    }

    void killTree() {
        if (tree != null) {
            tree.destroyForcibly();
        }
    }

    @Override
    public boolean allowed() {
        return true;
    }

    @Override
    public HeldImages hold(Path images) throws IOException {
        return waits ? HeldInventory.in(images) : new FreeImages();
    }

    @Override
    public Paused start(Path images, boolean lazy, int reader) {
        if (fault != null) {
            throw fault;
        }
        return this;
    }

    @Override
    public Restores container(String id) {
        return this;
    }

    @Override
    public void requirePossible(boolean bundleComes) {
        if (impossible.isPresent()) {
            throw new SessionException(CloseReason.RESTORE_NOT_ALLOWED, impossible.get());
        }
    }

    @Override
    public AttachedDaemons lazyDaemons() {
        return new AttachedDaemons(
                new CriuLazyPages(launcher, List.of(daemon.toString(), "lazy-pages")),
                "CRIU",
                RecordLayout.BYTES_32);
    }

    @Override
    public Watchdog watch(Task root, OptionalInt kept) throws IOException {
        return new CriuRestores(launcher, "criu", List.of()).watch(root, kept);
    }

    @Override
    public CompletableFuture<Void> ready() {
        return ready;
    }

    @Override
    public CompletableFuture<ExitStatus> exit() {
        return exit;
    }

    @Override
    public void run() {
        running = true;
        exitOfRun.ifPresent(exit::complete);
    }

    @Override
    public void giveUp() {
        givenUp = true;
        exit.complete(ExitStatus.exited(1));
    }

    @Override
    public List<Long> killLeft() {
        killed = true;
        return left;
    }

    @Override
    public List<Long> left() {
        return left;
    }

    @Override
    public Optional<Task> root() {
        if (faultOfRoot != null) {
            throw faultOfRoot;
        }
        return tree == null ? Optional.of(new Task(PID, "1")) : Task.of(tree.pid());
    }

    @Override
    public OptionalLong pid() {
        if (faultOfRoot != null) {
            throw faultOfRoot;
        }
        return OptionalLong.of(tree == null ? PID : tree.pid());
    }
}
