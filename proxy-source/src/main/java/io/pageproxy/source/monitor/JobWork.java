package io.pageproxy.source.monitor;

import io.pageproxy.async.Reactions;
import io.pageproxy.criu.LazyPipes;
import io.pageproxy.monitor.ViolationException;
import io.pageproxy.posix.FolderHandle;
import io.pageproxy.posix.Posix;
import io.pageproxy.source.migrate.dump.LazyDump;
import io.pageproxy.source.migrate.dump.LocalImages;
import io.pageproxy.source.migrate.dump.LocalTree;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.monitor.MonitorMessage.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/**
 * Does for the network process what its job permits. A call that does not fit what the job is, or
 * what has been done of it, is a violation. Only on the job's thread.
 */
final class JobWork {
    /** Images that are opened for one call. */
    static final int MAX_IMAGES = 64;

    /** How long a dump whose job is over may take to end. */
    private static final Duration DUMP_END_TIMEOUT = Duration.ofSeconds(10);

    /** The same if nobody has its socket any more, or it is killing its tasks. */
    private static final Duration LOST_DUMP_TIMEOUT = Duration.ofMinutes(1);

    /** How long tasks may take to end whose dump has failed, and has probably not killed them. */
    private static final Duration FAILED_DUMP_TIMEOUT = Duration.ofSeconds(2);

    /** How soon a wait notices that the job is over. */
    private static final Duration AWAIT_STEP = Duration.ofMillis(100);

    private static final Duration MAX_WAIT = Duration.ofMinutes(2);
    private static final int FIRST_ORDINARY_PORT = 1024;
    private static final int MAX_PORT = 65_535;
    private static final int TYPE_MASK = 0170000;
    private static final int REGULAR_FILE = 0100000;

    private final int id;
    private final JobPermit permit;
    private final JobPeer peer;
    private final BooleanSupplier over;
    private final JobDumps dumps;
    private final JobStop stop = new JobStop();
    private LocalTree tree; // Null if the job moves none.
    private boolean opened;
    private LazyDump lazyDump; // Null unless it is opened and lazy.
    private int rounds;
    private boolean dumpBegan;
    private CompletableFuture<Void> held = new CompletableFuture<>();
    private boolean wentOn;
    private boolean counted;

    /**
     * @param over whether there will be no more calls; asked from any thread
     */
    JobWork(int id, JobPermit permit, JobPeer peer, BooleanSupplier over) {
        this.id = id;
        this.permit = permit;
        this.peer = peer;
        this.over = over;
        this.dumps = new JobDumps(id, permit.launcher(), peer);
        permit.migration()
                .ifPresent(
                        moves -> {
                            BooleanSupplier lives = () -> !over.getAsBoolean() && peer.lives();
                            tree = new LocalTree(moves.plan(), permit.launcher(), lives);
                        });
    }

    /** Whether the held dump was let go. */
    boolean wentOn() {
        return wentOn;
    }

    /** Whether the job moves a tree, and it is still there. */
    boolean treeLives() {
        return tree != null && tree.lives();
    }

    /**
     * Does what a call asks for.
     *
     * @throws ViolationException if the job does not permit it now
     * @throws IOException if it fails
     */
    CallAnswer perform(MonitorMessage call) throws IOException, InterruptedException {
        if (call.kind() == Kind.COMMAND) {
            return command(call);
        }
        require(tree != null, call);
        return switch (call.kind()) {
            case LIVES -> new CallAnswer(tree.lives() ? 1 : 0);
            case OPEN -> open(call);
            case PRE_DUMP -> preDump(call);
            case DUMP -> dump(call);
            case GO -> go(call);
            case RELEASE -> release(call);
            case ABORT -> abort(call);
            case IMAGES -> images(call);
            case COUNT -> count(call);
            case AWAIT_GONE -> awaitGone(call);
            case UNLOCK -> unlock(call);
            default -> stop(call);
        };
    }

    private static void require(boolean permitted, MonitorMessage call) throws ViolationException {
        if (!permitted) {
            throw new ViolationException(
                    call.kind() + " " + call.number() + ", which its job does not permit now");
        }
    }

    private boolean isLazy() {
        return permit.migration().orElseThrow().lazy();
    }

    private MigrationPlan plan() {
        return permit.migration().orElseThrow().plan();
    }

    private boolean isHeld() {
        return dumpBegan && held.isDone();
    }

    // ---- dumps

    private CallAnswer command(MonitorMessage call) throws IOException {
        require(!permit.dumper().isEmpty() && !dumpBegan, call);
        dumpBegan = true;
        return dumps.start(permit.dumper());
    }

    private CallAnswer open(MonitorMessage call) throws IOException {
        require(!opened, call);
        long port = call.number();
        require(isLazy() ? port >= FIRST_ORDINARY_PORT && port <= MAX_PORT : port == 0, call);
        opened = true;
        if (isLazy()) {
            LazyPipes.requirePossible();
            lazyDump = tree.lazyDump((int) port);
            lazyDump.open();
            held = lazyDump.held();
        } else {
            tree.open();
            held = tree.held();
        }
        return new CallAnswer(0);
    }

    private CallAnswer preDump(MonitorMessage call) throws IOException {
        require(opened && !isLazy() && !dumpBegan && !dumps.anyRuns(), call);
        require(call.number() == rounds + 1 && rounds < plan().rounds().most(), call);
        rounds++;
        return dumps.start(tree.preDumper(rounds).words());
    }

    private CallAnswer dump(MonitorMessage call) throws IOException {
        require(opened && !dumpBegan && !dumps.anyRuns(), call);
        dumpBegan = true;
        CallAnswer started =
                isLazy() ? dumps.startLazy(lazyDump) : dumps.start(tree.dumper(rounds).words());
        return started.then(() -> Reactions.when(held, reached -> tellHeld(), lost -> {}));
    }

    private void tellHeld() {
        peer.send(new MonitorMessage(Kind.HELD, id), OptionalInt.empty());
    }

    private CallAnswer go(MonitorMessage call) throws IOException {
        require(isHeld() && !wentOn, call);
        wentOn = true;
        if (isLazy()) {
            lazyDump.serve();
        } else {
            tree.go();
        }
        return new CallAnswer(0);
    }

    private CallAnswer release(MonitorMessage call) throws IOException {
        require(opened, call);
        letGo();
        return new CallAnswer(0);
    }

    private void letGo() {
        tree.release();
        if (lazyDump != null) {
            lazyDump.close();
        }
    }

    private CallAnswer abort(MonitorMessage call) throws IOException, InterruptedException {
        require(lazyDump != null, call);
        lazyDump.abort();
        return new CallAnswer(0);
    }

    // ---- what a dump has left

    private CallAnswer images(MonitorMessage call) throws IOException {
        require(isHeld() && call.number() >= 0, call);
        Path dir = plan().dumpFolder();
        List<Path> files = LocalImages.of(dir, isLazy()).files();
        try (FolderHandle folder = FolderHandle.open(dir)) {
            long until = Math.min(files.size(), call.number() + MAX_IMAGES);
            for (long i = call.number(); i < until; i++) {
                sendImage(folder, files.get((int) i).getFileName().toString());
            }
        }
        return new CallAnswer(files.size());
    }

    /** Only a descriptor for reading goes over, of a regular file in the folder itself. */
    private void sendImage(FolderHandle folder, String name) throws IOException {
        int file = folder.openFile(name);
        try {
            var facts = Files.readAttributes(FolderHandle.pathOf(file), "unix:mode,size");
            if (((int) facts.get("mode") & TYPE_MASK) != REGULAR_FILE) {
                throw new IOException("the image " + name + " is no regular file");
            }
            peer.send(
                    new MonitorMessage(Kind.IMAGE, id, (long) facts.get("size"), name),
                    OptionalInt.of(file));
        } finally {
            Posix.closeQuietly(file);
        }
    }

    // ---- the tree

    private CallAnswer count(MonitorMessage call) throws IOException {
        require(isHeld() && !isLazy(), call);
        counted = true;
        return new CallAnswer(tree.count());
    }

    private CallAnswer awaitGone(MonitorMessage call) throws IOException, InterruptedException {
        require(counted, call);
        long millis = Math.max(0, Math.min(MAX_WAIT.toMillis(), call.number()));
        long endNanos = System.nanoTime() + Duration.ofMillis(millis).toNanos();
        boolean gone = tree.awaitGone(Duration.ZERO);
        while (!gone && !over.getAsBoolean() && System.nanoTime() - endNanos < 0) {
            gone = tree.awaitGone(AWAIT_STEP);
        }
        return new CallAnswer(gone ? 1 : 0);
    }

    private CallAnswer unlock(MonitorMessage call) throws IOException {
        require(wentOn && !isLazy() && !tree.lives(), call);
        tree.unlockConnections();
        return new CallAnswer(0);
    }

    private CallAnswer stop(MonitorMessage call) throws IOException, InterruptedException {
        require(isLazy() && opened, call);
        switch (call.kind()) {
            case WATCH -> {
                require(!stop.isWatched() && !dumpBegan, call);
                stop.watch(tree);
            }
            case STOP -> {
                require(stop.isWatched() && !stop.isStopped() && isHeld(), call);
                return new CallAnswer(
                        stop.stop(
                                lazyDump.process()
                                        .orElseThrow(
                                                () -> new IOException("criu dump has ended"))));
            }
            case RESUME_AFTER -> {
                require(stop.isStopped(), call);
                stop.resumeAfterOurEnd(call.number());
            }
            case RESUME -> {
                require(stop.isWatched(), call);
                stop.resume();
            }
            case END -> {
                require(stop.isStopped() && wentOn, call);
                stop.end();
            }
            default -> throw new ViolationException(call.kind() + " is no call for a tree");
        }
        return new CallAnswer(0);
    }

    // ---- the end

    /**
     * Ends whatever the network process has left: tasks that are held or stopped run on.
     *
     * @param inOrder whether the network process has said that the job is over
     */
    void clear(boolean inOrder) throws InterruptedException {
        if (tree == null) {
            awaitDumps(inOrder);
            return;
        }
        try {
            if (lazyDump != null && dumps.anyRuns()) {
                lazyDump.abort();
            }
        } finally {
            letGo();
            awaitDumps(inOrder);
            awaitEndOfTasks();
            stop.clear(plan().pid());
            tree.close();
        }
    }

    private void awaitDumps(boolean inOrder) throws InterruptedException {
        dumps.awaitEnds(
                inOrder && !wentOn ? DUMP_END_TIMEOUT : LOST_DUMP_TIMEOUT, LOST_DUMP_TIMEOUT);
    }

    /** What a dump has killed gives back its memory first. */
    private void awaitEndOfTasks() throws InterruptedException {
        if (wentOn && !isLazy()) {
            tree.count();
            tree.awaitGone(dumps.allSucceeded() ? LOST_DUMP_TIMEOUT : FAILED_DUMP_TIMEOUT);
        }
    }
}
