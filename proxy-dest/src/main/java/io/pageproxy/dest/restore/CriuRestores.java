package io.pageproxy.dest.restore;

import io.netty.channel.unix.FileDescriptor;
import io.pageproxy.async.Reactions;
import io.pageproxy.dest.egress.CriuProbe;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.process.ActionGate;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.TaskWatch;
import io.pageproxy.process.TreeGuard;
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
 * Restores that are {@code criu restore --restore-detached} children, held at {@code post-restore}:
 * there all is restored and nothing has run, and a failure of the script makes criu kill the tree
 * (criu/cr-restore.c).
 */
public final class CriuRestores implements Restores {
    private static final String PID_FILE_NAME = "restore.pid";

    /**
     * Longer than the connection to the source stays in doubt as a rule: what is held may be the
     * only copy.
     */
    private static final Duration SILENCE = Duration.ofMinutes(5);

    /** So long killed tasks may take to give back their memory. */
    private static final Duration DEATH_PATIENCE = Duration.ofSeconds(30);

    private final ChildLauncher launcher;
    private final CriuProbe.Facts criu;
    private final List<String> extraArguments;

    /**
     * Restores by that CRIU.
     *
     * @param extraArguments the operator's own, handed on as they are
     */
    public CriuRestores(ChildLauncher launcher, CriuProbe.Facts criu, List<String> extraArguments) {
        this.launcher = launcher;
        this.criu = criu;
        this.extraArguments = List.copyOf(extraArguments);
    }

    @Override
    public boolean allowed() {
        return true;
    }

    @Override
    public Held start(Path folder, boolean lazy) throws IOException {
        ActionGate gate = ActionGate.open("post-restore", SILENCE);
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
            words.addAll(gate.arguments());
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
            new FileDescriptor(child.takeSocket()).close(); // A restore talks to nobody.
            return new CriuRestore(gate, child, pidFile, TaskWatch.of(child));
        } catch (IOException e) {
            gate.close();
            throw e;
        }
    }

    @Override
    public AttachedDaemons lazyDaemons() {
        List<String> command = List.of(criu.program(), "lazy-pages");
        return new AttachedDaemons(launcher, command, criu.version(), criu.layout());
    }

    @Override
    public TreeGuard guard(long root, OptionalInt kept) throws IOException {
        return TreeGuard.start(launcher, root, kept);
    }

    /**
     * One of them. It is never killed by us: one that finds its gate gone kills what it has
     * restored, and waits for its end. Where another has killed it, its tasks are left.
     */
    private record CriuRestore(ActionGate gate, ChildProcess child, Path pidFile, TaskWatch tasks)
            implements Held {
        CriuRestore {
            Reactions.whenDone(child.exit(), () -> close(gate));
            Reactions.whenDone(gate.reached(), () -> gate.root().ifPresent(tasks::add));
        }

        @Override
        public List<Long> killLeft() {
            return tasks.kill(DEATH_PATIENCE);
        }

        @Override
        public List<Long> left() {
            return tasks.alive();
        }

        @Override
        public CompletableFuture<Void> ready() {
            return gate.reached();
        }

        @Override
        public CompletableFuture<ExitStatus> exit() {
            return child.exit();
        }

        @Override
        public void run() throws IOException {
            gate.go();
        }

        @Override
        public void giveUp() {
            close(gate);
        }

        @Override
        public OptionalLong root() {
            return gate.root();
        }

        @Override
        public OptionalLong pid() {
            try {
                return OptionalLong.of(Long.parseLong(Files.readString(pidFile).strip()));
            } catch (IOException | NumberFormatException notKnown) {
                return OptionalLong.empty();
            }
        }

        private static void close(ActionGate gate) {
            try {
                gate.close();
            } catch (IOException nothingToBeDone) {
                return; // Its FIFOs are closed all the same.
            }
        }
    }
}
