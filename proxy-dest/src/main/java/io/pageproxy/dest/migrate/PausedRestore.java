package io.pageproxy.dest.migrate;

import io.pageproxy.async.Reactions;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * A restore that is paused before its tree runs, until the tree may run or is killed. On an event
 * loop.
 */
final class PausedRestore {
    private final Restores restores;
    private final Executor loop;
    private final SerialWork work;
    private final Consumer<Throwable> onFault;
    private Restores.Paused restore;
    private boolean givenUp;
    private volatile List<Long> left = List.of();
    private volatile int tasks;

    /**
     * Restores nothing yet.
     *
     * @param loop the event loop; has an owner for what a task throws
     * @param onFault told of futures that fail unexpectedly
     */
    PausedRestore(Restores restores, Executor loop, SerialWork work, Consumer<Throwable> onFault) {
        this.restores = restores;
        this.loop = loop;
        this.work = work;
        this.onFault = onFault;
    }

    /**
     * Starts the restore.
     *
     * @param lazy whether a lazy-pages daemon brings the memory
     * @param onPaused called when the tree is restored and paused
     * @param onExit called when the restore has ended; the tree runs if, and only if, it succeeded
     */
    void start(Path folder, boolean lazy, Runnable onPaused, Consumer<ExitStatus> onExit) {
        work.run(
                () -> {
                    Restores.Paused started = start(folder, lazy);
                    loop.execute(() -> onStarted(started, onPaused, onExit));
                });
    }

    private Restores.Paused start(Path folder, boolean lazy) {
        try {
            return restores.start(folder, lazy);
        } catch (IOException e) {
            throw new SessionException(
                    CloseReason.RESTORE_FAILED,
                    "the restore could not be started: " + FailureText.of(e));
        }
    }

    private void onStarted(
            Restores.Paused started, Runnable onPaused, Consumer<ExitStatus> onExit) {
        restore = started;
        if (givenUp) {
            started.giveUp();
            return;
        }
        Reactions.when(
                started.ready(),
                loop,
                ready -> {
                    work.runAlways(() -> tasks = countTasks(started.root()));
                    onPaused.run();
                },
                onFault);
        Reactions.when(started.exit(), loop, onExit, onFault);
    }

    /** Whether the restore has been started. */
    boolean started() {
        return restore != null;
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
            next.run();
        } else {
            restore.giveUp();
            Reactions.whenDone(
                    restore.exit(),
                    () -> loop.execute(() -> look(() -> left = restore.killLeft(), next)));
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

    private static int countTasks(OptionalLong root) {
        return root.stream()
                .mapToObj(ProcessHandle::of)
                .flatMap(Optional::stream)
                .mapToInt(task -> 1 + (int) task.descendants().count())
                .sum();
    }

    /** How many tasks were restored; 0 until they are counted. Any thread. */
    int tasks() {
        return tasks;
    }

    /** The tree's root while it is paused; empty if criu has not told it. */
    OptionalLong root() {
        return restore == null ? OptionalLong.empty() : restore.root();
    }

    /** The tree's root once it runs; empty if it is not known. */
    OptionalLong pid() {
        return restore == null ? OptionalLong.empty() : restore.pid();
    }
}
