package io.pageproxy.dest.migrate;

import io.pageproxy.async.Reactions;
import io.pageproxy.criu.Task;
import io.pageproxy.dest.credentials.RestoreUser;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A restore that is paused before its tree runs, until the tree may run or is killed. On an event
 * loop.
 */
final class PausedRestore {
    private static final Logger LOG = LoggerFactory.getLogger(PausedRestore.class);

    private final Restores restores;
    private final Optional<RestoreUser> user;
    private final Executor loop;
    private final SerialWork work;
    private final Consumer<Throwable> onFault;
    private Restores.Paused restore;
    private volatile boolean begun;
    private volatile boolean refused;
    private boolean givenUp;
    private volatile Optional<HeldImages> held = Optional.empty();
    private volatile Optional<Path> folder = Optional.empty();
    private volatile List<Long> left = List.of();
    private volatile int tasks;

    /**
     * Restores nothing yet.
     *
     * @param user the only user that the tree may run as; empty: any
     * @param loop the event loop; has an owner for what a task throws
     * @param onFault told of futures that fail unexpectedly
     */
    PausedRestore(
            Restores restores,
            Optional<RestoreUser> user,
            Executor loop,
            SerialWork work,
            Consumer<Throwable> onFault) {
        this.restores = restores;
        this.user = user;
        this.loop = loop;
        this.work = work;
        this.onFault = onFault;
    }

    /**
     * Starts the restore of images that have yet to come, up to the point where it needs them.
     *
     * @param daemon starts the lazy-pages daemon that waits for the same images; empty if the
     *     memory is in the images
     * @param onExit called when the restore has ended; the tree runs if, and only if, it succeeded
     */
    void prepare(Path images, Optional<Consumer<HeldImages>> daemon, Consumer<ExitStatus> onExit) {
        work.run(
                () -> {
                    Restores.Paused started = prepare(images, daemon);
                    loop.execute(() -> onStarted(started, onExit));
                });
    }

    private Restores.Paused prepare(Path images, Optional<Consumer<HeldImages>> daemon) {
        folder = Optional.of(images);
        try {
            HeldImages waiting = restores.hold(images);
            held = Optional.of(waiting);
            daemon.ifPresent(starter -> starter.accept(waiting));
            return restores.start(images, daemon.isPresent(), waiting.addReader());
        } catch (IOException e) {
            throw notStarted(e);
        }
    }

    /**
     * All images are there: lets the prepared restore read them.
     *
     * @param onPaused called when the tree is restored and paused
     */
    void start(Runnable onPaused) {
        begun = true;
        whenReady(restore, onPaused);
        work.run(this::releaseImages);
    }

    private void releaseImages() {
        try {
            if (user.isPresent()) {
                user.get().requireAll(folder.orElseThrow());
            }
            held.orElseThrow().release();
        } catch (IOException e) {
            refused = true;
            throw notStarted(e);
        }
    }

    private static SessionException notStarted(IOException e) {
        return new SessionException(
                CloseReason.RESTORE_FAILED,
                "the restore could not be started: " + FailureText.of(e));
    }

    private void onStarted(Restores.Paused started, Consumer<ExitStatus> onExit) {
        restore = started;
        if (givenUp) {
            giveUpNow();
        } else {
            Reactions.when(started.exit(), loop, onExit, onFault);
        }
    }

    private void whenReady(Restores.Paused started, Runnable onPaused) {
        Reactions.when(
                started.ready(),
                loop,
                ready -> {
                    work.runAlways(() -> tasks = countTasks(started.root()));
                    onPaused.run();
                },
                onFault);
    }

    /** Whether the restore waits for its images, or has begun to read them. */
    boolean prepared() {
        return restore != null;
    }

    /** Whether the restore has begun to read the images. */
    boolean started() {
        return begun;
    }

    /**
     * The folder of the images, once a restore of them was started, unless it was refused them: its
     * log then tells no more than that. Any thread.
     */
    Optional<Path> folder() {
        return refused ? Optional.empty() : folder;
    }

    /** Lets the tree run; if that fails the tree is killed, which the exit of the restore tells. */
    void run() {
        try {
            restore.run();
        } catch (IOException e) {
            restore.giveUp();
        }
    }

    /**
     * Kills the tree, which has not run, and then calls {@code next}; {@link #left} tells which
     * tasks are still alive. A restore that was killed has not killed its tree: we do.
     */
    void giveUp(Runnable next) {
        givenUp = true;
        if (restore == null) {
            work.runAlways(this::closeHeld);
            next.run();
        } else {
            giveUpNow();
            Reactions.whenDone(
                    restore.exit(),
                    () -> loop.execute(() -> look(() -> left = restore.killLeft(), next)));
        }
    }

    /** Removes the log of a restore that was prepared and has read no image; blocks. */
    void removeTraces() {
        if ((!begun || refused) && folder.isPresent()) {
            try {
                Files.deleteIfExists(folder.get().resolve(Restores.LOG_FILE_NAME));
            } catch (IOException e) {
                LOG.debug("the log of a restore that never began stays", e);
            }
        }
    }

    private void giveUpNow() {
        restore.giveUp();
        work.runAlways(this::closeHeld);
    }

    private void closeHeld() {
        try {
            if (held.isPresent()) {
                held.get().close();
            }
        } catch (IOException e) {
            LOG.debug("what held a restore stays", e);
        }
    }

    /** Looks for tasks that a failed restore has left, then calls {@code next}. */
    void lookForLeft(Runnable next) {
        look(() -> left = restore.left(), next);
    }

    private void look(Runnable blocking, Runnable next) {
        work.runAlways(
                () -> {
                    try {
                        blocking.run();
                    } finally {
                        loop.execute(next);
                    }
                });
    }

    /** The tasks that the last look has found; any thread. */
    List<Long> left() {
        return left;
    }

    private static int countTasks(Optional<Task> root) {
        return root.stream()
                .map(task -> ProcessHandle.of(task.pid()))
                .flatMap(Optional::stream)
                .mapToInt(task -> 1 + (int) task.descendants().count())
                .sum();
    }

    /** How many tasks were restored; 0 until they are counted. Any thread. */
    int tasks() {
        return tasks;
    }

    /** The tree's root while it is paused; empty if criu has not told it. */
    Optional<Task> root() {
        return restore == null ? Optional.empty() : restore.root();
    }

    /** The tree's root once it runs; empty if it is not known. */
    OptionalLong pid() {
        return restore == null ? OptionalLong.empty() : restore.pid();
    }
}
