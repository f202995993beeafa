package io.pageproxy.dest.restore;

import io.pageproxy.criu.ActionScriptBarrier;
import io.pageproxy.criu.Task;
import io.pageproxy.criu.TreeWatchdog;
import io.pageproxy.criu.TreeWatchdog.Action;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.images.HeldInventory;
import io.pageproxy.dest.lazy.CriuLazyPages;
import io.pageproxy.dest.lazy.LazyPages;
import io.pageproxy.posix.Capabilities;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Runs CRIU as children of this process. A tree is restored by {@code criu restore
 * --restore-detached}, blocked at {@code post-restore}: there the tree is restored and has not run,
 * and a failure of the action script makes criu kill it (criu/cr-restore.c).
 */
public final class CriuRestores implements RestorePrograms {
    /** Option of criu, and of runc, that restores TCP connections. */
    public static final String CONNECTIONS = "--tcp-established";

    private static final String PID_FILE_NAME = "restore.pid";

    /**
     * How long criu waits for a keepalive of ours: the paused tree may be the only copy, so this is
     * longer than a source usually takes to decide.
     */
    static final Duration SILENCE = Duration.ofMinutes(5);

    private final ChildLauncher launcher;
    private final String criu;
    private final List<String> extraArguments;

    /**
     * Restores with that CRIU.
     *
     * @param criu the path or name of the program
     * @param extraArguments the operator's, passed on unchanged
     */
    public CriuRestores(ChildLauncher launcher, String criu, List<String> extraArguments) {
        this.launcher = launcher;
        this.criu = criu;
        this.extraArguments = List.copyOf(extraArguments);
    }

    /**
     * Rejects a process that cannot restore trees.
     *
     * @param held its capabilities
     * @throws IOException if it has no root's capabilities or cannot hold a restore; the message
     *     names the remedy
     */
    public static void requirePossible(Capabilities held) throws IOException {
        if (!held.has(Capabilities.SYS_ADMIN)) {
            throw new IOException(
                    "--allow-restore needs root's capabilities, but there are only "
                            + held
                            + ": start it as root with bin/pageproxy, which keeps them all if"
                            + " --allow-restore is on the command line");
        }
        // Otherwise each migration would fail with its tree frozen.
        ActionScriptBarrier.requirePossible();
    }

    @Override
    public HeldImages hold(Path folder) throws IOException {
        return HeldInventory.in(folder);
    }

    @Override
    public Restores.Paused start(Path folder, boolean lazy, int reader) throws IOException {
        ActionScriptBarrier barrier = ActionScriptBarrier.open("post-restore", SILENCE);
        try {
            Path pidFile = folder.resolve(PID_FILE_NAME);
            List<String> words =
                    new ArrayList<>(List.of(criu, "restore", "--restore-detached", "--images-dir"));
            words.addAll(List.of(folder.toString(), "--pidfile", pidFile.toString()));
            words.addAll(barrier.arguments());
            if (lazy) {
                words.add("--lazy-pages");
            }
            words.addAll(extraArguments);
            ChildProcess child =
                    launcher.launch(
                            new ChildSpec(
                                    words,
                                    ChildEnvironment.minimal(),
                                    Optional.of(folder.resolve(Restores.LOG_FILE_NAME)),
                                    OptionalInt.of(reader)));
            Posix.close(child.takeSocket()); // A restore does not use it.
            return RestoreChild.of(barrier, child, pidFile, () -> {});
        } catch (IOException e) {
            barrier.close();
            throw e;
        }
    }

    @Override
    public LazyPages lazyPages() {
        return new CriuLazyPages(launcher, List.of(criu, "lazy-pages"));
    }

    @Override
    public Restores.Watchdog watch(Task root, OptionalInt kept) throws IOException {
        return new CriuWatchdog(TreeWatchdog.start(launcher, root, Action.KILL, kept));
    }

    record CriuWatchdog(TreeWatchdog watchdog) implements Restores.Watchdog {
        @Override
        public void apply(Action action) throws IOException {
            watchdog.apply(action);
        }

        @Override
        public void onOwnerExit(Action action) throws IOException {
            watchdog.onOwnerExit(action, Duration.ZERO);
        }

        @Override
        public void leave() throws IOException {
            watchdog.leave();
        }

        @Override
        public void close() {
            watchdog.close();
        }
    }
}
