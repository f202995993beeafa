package io.pageproxy.dest.restore;

import io.pageproxy.async.Reactions;
import io.pageproxy.criu.ActionScriptBarrier;
import io.pageproxy.criu.Task;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.posix.Mounts;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.runc.Bundle;
import io.pageproxy.runc.ContainerId;
import io.pageproxy.runc.ContainerState;
import io.pageproxy.runc.CriuOptionsFile;
import io.pageproxy.runc.RuncCriu;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import io.pageproxy.text.ShellWord;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores one container, once, with {@code runc restore --detach}, whose CRIU is blocked at {@code
 * post-restore} as without runc. While it is, runc already lists the container as running; if it
 * fails there, runc removes it from its list. runc reads a file of its own from the images before
 * it starts CRIU, so it is not started before they are there.
 */
final class ContainerRestores implements Restores {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerRestores.class);
    private static final Path NOWHERE = Path.of("/dev/null");
    private static final String PID_FILE_NAME = "restore.pid";

    private final RuncRestores all;
    private final String id;
    private final Path bundle;
    private volatile DeferredRestore deferred; // Null before hold.

    private ContainerRestores(RuncRestores all, String id) {
        this.all = all;
        this.id = id;
        this.bundle = all.bundles().resolve(id);
    }

    /**
     * The restores of one container, from the bundle of its id.
     *
     * @throws SessionException if no container has that id
     */
    static ContainerRestores of(RuncRestores all, String id) {
        ContainerId.fault(id)
                .ifPresent(
                        fault -> {
                            throw new SessionException(CloseReason.RESTORE_NOT_ALLOWED, fault);
                        });
        return new ContainerRestores(all, id);
    }

    @Override
    public boolean allowed() {
        return true;
    }

    @Override
    public boolean withConnections() {
        return all.arguments().contains(CriuRestores.CONNECTIONS);
    }

    @Override
    public void requirePossible() {
        try {
            requireBundle();
            Optional<ContainerState> state = all.runc().state(id);
            if (state.isPresent()) {
                throw refused(
                        "there is one of this id already, "
                                + state.get().status()
                                + ": end it there, and runc delete "
                                + id);
            }
            Path left = all.runc().stateFolder(id);
            if (Files.exists(left)) {
                throw refused(
                        left
                                + " is left of one that was killed: umount what is mounted below it,"
                                + " or its files are deleted too, and runc delete "
                                + id);
            }
        } catch (IOException e) {
            throw refused(FailureText.of(e));
        }
    }

    private void requireBundle() throws IOException {
        Bundle described;
        try {
            described = Bundle.read(bundle);
        } catch (IOException e) {
            throw refused(
                    e.getMessage()
                            + ": it is restored from the bundle that stands there, with its root"
                            + " file system");
        }
        if (described.hasTerminal()) {
            throw refused(
                    "its bundle "
                            + bundle
                            + " wants a terminal (process.terminal), which nobody holds here: set"
                            + " it to false");
        }
        requireNone(described.fault());
        requireNone(CriuOptionsFile.fault(described.annotations(), bundle));
    }

    private void requireNone(Optional<String> fault) {
        if (fault.isPresent()) {
            throw refused(fault.get());
        }
    }

    private SessionException refused(String why) {
        return new SessionException(
                CloseReason.RESTORE_NOT_ALLOWED,
                "the destination cannot restore the container '" + id + "': " + why);
    }

    /** Whatever else it needs than images is prepared now, before anything is frozen. */
    @Override
    public HeldImages hold(Path folder) throws IOException {
        ActionScriptBarrier barrier =
                ActionScriptBarrier.open("post-restore", CriuRestores.SILENCE);
        try {
            RuncCriu criu = RuncCriu.of(all.criu(), barrier, List.of());
            deferred = new DeferredRestore(barrier, criu, () -> launch(folder, barrier, criu));
            return deferred;
        } catch (IOException e) {
            barrier.close();
            throw e;
        }
    }

    @Override
    public Paused start(Path folder, boolean lazy, int reader) {
        return deferred;
    }

    private RestoreChild launch(Path folder, ActionScriptBarrier barrier, RuncCriu criu)
            throws IOException {
        requireUnknown();
        Path pidFile = folder.resolve(PID_FILE_NAME);
        ChildProcess child =
                all.launcher()
                        .launch(
                                new ChildSpec(
                                        command(folder, pidFile),
                                        criu.environment(ChildEnvironment.minimal()),
                                        Optional.of(NOWHERE)));
        Posix.close(child.takeSocket()); // A restore does not use it.
        Reactions.when(child.exit(), exit -> closeUnlessKilled(criu, exit), unknown -> {});
        return RestoreChild.of(barrier, child, pidFile, () -> forget(child, folder));
    }

    /**
     * What is started now must be the container of this id, so that it may be removed again. The
     * tasks stand still, so runc is not started for that: a container has a folder there.
     */
    private void requireUnknown() throws IOException {
        if (Files.exists(all.runc().stateFolder(id))) {
            throw new IOException("there is a container '" + id + "' already, made meanwhile");
        }
    }

    /** Its own output goes nowhere, since the container's pipes become what it has itself. */
    private List<String> command(Path folder, Path pidFile) {
        List<String> words = new ArrayList<>(List.of("restore", "--detach"));
        words.addAll(List.of("--bundle", bundle.toString(), "--pid-file", pidFile.toString()));
        words.addAll(List.of("--image-path", folder.toString(), "--work-path", folder.toString()));
        words.addAll(all.arguments());
        words.add(id);
        return all.runc().loggingCommand(folder.resolve(LOG_FILE_NAME), words);
    }

    /** A CRIU that has lost its runc may not have read its configuration yet. */
    private static void closeUnlessKilled(RuncCriu criu, ExitStatus exit) {
        if (exit.signal() == 0) {
            criu.close();
        }
    }

    /**
     * Removes what a runc that was killed has left: the container in its list, and mounts. One that
     * has ended by itself has removed both, or has not made the container of this id.
     */
    private void forget(ChildProcess child, Path images) {
        if (child.exit().join().signal() == 0) {
            return;
        }
        try {
            unmountCgroups(images);
            if (Files.exists(all.runc().stateFolder(id)) && !runs()) {
                all.runc().delete(id);
            }
        } catch (IOException e) {
            LOG.warn("what runc has left of the container {} stays: {}", id, e.getMessage());
        }
    }

    private boolean runs() throws IOException {
        return all.runc().state(id).filter(state -> !state.is(ContainerState.STOPPED)).isPresent();
    }

    /** CRIU mounts all cgroups in its working folder while it restores. */
    private static void unmountCgroups(Path images) throws IOException {
        try (DirectoryStream<Path> yards = Files.newDirectoryStream(images, ".criu.cgyard.*")) {
            for (Path yard : yards) {
                Mounts.unmountBelow(yard);
                Files.deleteIfExists(yard);
            }
        }
    }

    @Override
    public String byHand(Path images) {
        return "runc restore -d -b "
                + ShellWord.of(bundle.toString())
                + " --image-path "
                + ShellWord.of(images.toString())
                + " "
                + id;
    }

    @Override
    public AttachedDaemons lazyDaemons() {
        throw new IllegalStateException("containers are not restored lazily");
    }

    @Override
    public Watchdog watch(Task root, OptionalInt kept) {
        throw new IllegalStateException("containers are not restored lazily");
    }
}
