package io.pageproxy.dest.restore;

import io.pageproxy.async.Reactions;
import io.pageproxy.criu.ActionScriptBarrier;
import io.pageproxy.criu.Task;
import io.pageproxy.criu.TreeWatchdog;
import io.pageproxy.criu.TreeWatchdog.Action;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.images.HeldInventory;
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
 * it starts CRIU, so it is not started before they are there; only a lazy-pages daemon is.
 */
final class ContainerRestores implements Restores {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerRestores.class);
    private static final Path NOWHERE = Path.of("/dev/null");
    private static final String PID_FILE_NAME = "restore.pid";

    private final RuncRestores all;
    private final String id;
    private final Restores ofTrees;
    private final Path bundle;
    private volatile DeferredRestore deferred; // Null before hold.
    private volatile boolean lazy; // Known from start on.

    private ContainerRestores(RuncRestores all, String id, Restores ofTrees) {
        this.all = all;
        this.id = id;
        this.ofTrees = ofTrees;
        this.bundle = all.bundles().resolve(id);
    }

    /**
     * The restores of one container, from the bundle of its id.
     *
     * @param ofTrees have the daemons of lazy restores
     * @throws SessionException if no container has that id
     */
    static ContainerRestores of(RuncRestores all, String id, Restores ofTrees) {
        ContainerId.fault(id)
                .ifPresent(
                        fault -> {
                            throw new SessionException(CloseReason.RESTORE_NOT_ALLOWED, fault);
                        });
        return new ContainerRestores(all, id, ofTrees);
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
    public Optional<Path> bundle() {
        return Optional.of(bundle);
    }

    @Override
    public void requirePossible(boolean bundleComes) {
        try {
            if (!bundleComes) {
                requireBundle();
            }
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
        requireNone(CriuOptionsFile.fault(described.annotations(), bundle, false));
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
            deferred = hold(folder, barrier, RuncCriu.of(all.criu(), barrier, List.of()));
            return deferred;
        } catch (IOException e) {
            barrier.close();
            throw e;
        }
    }

    private DeferredRestore hold(Path folder, ActionScriptBarrier barrier, RuncCriu criu)
            throws IOException {
        try {
            HeldImages inventory = HeldInventory.in(folder);
            return new DeferredRestore(
                    barrier, criu, inventory, () -> launch(folder, barrier, criu));
        } catch (IOException e) {
            criu.close();
            throw e;
        }
    }

    @Override
    public Paused start(Path folder, boolean isLazy, int reader) {
        lazy = isLazy;
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
        if (lazy) {
            words.add("--lazy-pages");
        }
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
     * Removes what is left of a container whose tasks were killed: of one that was restored, and
     * what a runc that was killed has left, its mounts too. A runc that has failed by itself has
     * removed all that, or has not made the container of this id.
     */
    private void forget(ChildProcess child, Path images) {
        ExitStatus exit = child.exit().join();
        if (exit.signal() == 0 && !exit.success()) {
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
        return ofTrees.lazyDaemons();
    }

    @Override
    public Watchdog watch(Task root, OptionalInt kept) throws IOException {
        return new CriuRestores.CriuWatchdog(
                TreeWatchdog.start(
                        all.launcher(), root, Action.KILL, kept, all.runc().lateDelete(id)));
    }
}
