package io.pageproxy.dest.restore;

import io.netty.channel.unix.FileDescriptor;
import io.pageproxy.async.Reactions;
import io.pageproxy.criu.ActionScriptBarrier;
import io.pageproxy.criu.TaskWatch;
import io.pageproxy.criu.TreeWatchdog;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.dest.pageserver.CriuProbe;
import io.pageproxy.posix.Capabilities;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExitStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * Restores trees by {@code criu restore --restore-detached}, blocked at {@code post-restore}: there
 * the tree is restored and has not run, and a failure of the action script makes criu kill it
 * (criu/cr-restore.c).
 */
public final class CriuRestores implements Restores {
    private static final String PID_FILE_NAME = "restore.pid";

    /**
     * How long criu waits for a keepalive of ours: the paused tree may be the only copy, so this is
     * longer than a source usually takes to decide.
     */
    private static final Duration SILENCE = Duration.ofMinutes(5);

    /** How long killed tasks may take to release their memory. */
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(30);

    private final ChildLauncher launcher;
    private final CriuProbe.Facts criu;
    private final List<String> extraArguments;

    /**
     * Restores with that CRIU.
     *
     * @param extraArguments the operator's, passed on unchanged
     */
    public CriuRestores(ChildLauncher launcher, CriuProbe.Facts criu, List<String> extraArguments) {
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
    public boolean allowed() {
        return true;
    }

    @Override
    public Paused start(Path folder, boolean lazy) throws IOException {
        ActionScriptBarrier barrier = ActionScriptBarrier.open("post-restore", SILENCE);
        try {
            Path pidFile = folder.resolve(PID_FILE_NAME);
            List<String> words =
                    new ArrayList<>(
                            List.of(
                                    criu.program(),
                                    "restore",
                                    "--restore-detached",
                                    "--images-dir"));
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
                                    Optional.of(folder.resolve(LOG_FILE_NAME))));
            new FileDescriptor(child.takeSocket()).close(); // A restore does not use it.
            return new CriuRestore(barrier, child, pidFile, TaskWatch.of(child));
        } catch (IOException e) {
            barrier.close();
            throw e;
        }
    }

    @Override
    public AttachedDaemons lazyDaemons() {
        List<String> command = List.of(criu.program(), "lazy-pages");
        return new AttachedDaemons(launcher, command, criu.version(), criu.layout());
    }

    @Override
    public TreeWatchdog watch(long root, OptionalInt kept) throws IOException {
        return TreeWatchdog.start(launcher, root, TreeWatchdog.Action.KILL, kept);
    }

    /**
     * We never kill a restore: when its barrier is closed it kills its tree and waits for the end
     * of the tasks. If somebody else kills it, it leaves its tasks behind.
     */
    private record CriuRestore(
            ActionScriptBarrier barrier, ChildProcess child, Path pidFile, TaskWatch tasks)
            implements Paused {
        CriuRestore {
            Reactions.whenDone(child.exit(), () -> close(barrier));
            Reactions.whenDone(barrier.reached(), () -> barrier.root().ifPresent(tasks::add));
        }

        @Override
        public List<Long> killLeft() {
            return tasks.kill(KILL_TIMEOUT);
        }

        @Override
        public List<Long> left() {
            return tasks.alive();
        }

        @Override
        public CompletableFuture<Void> ready() {
            return barrier.reached();
        }

        @Override
        public CompletableFuture<ExitStatus> exit() {
            return child.exit();
        }

        @Override
        public void run() throws IOException {
            barrier.go();
        }

        @Override
        public void giveUp() {
            close(barrier);
        }

        @Override
        public OptionalLong root() {
            return barrier.root();
        }

        @Override
        public OptionalLong pid() {
            try {
                return OptionalLong.of(Long.parseLong(Files.readString(pidFile).strip()));
            } catch (IOException | NumberFormatException notKnown) {
                return OptionalLong.empty();
            }
        }

        private static void close(ActionScriptBarrier barrier) {
            try {
                barrier.close();
            } catch (IOException ignored) {
                return; // The FIFOs are closed in any case.
            }
        }
    }
}
