package io.pageproxy.dest.restore;

import io.pageproxy.async.Reactions;
import io.pageproxy.criu.ActionScriptBarrier;
import io.pageproxy.criu.Task;
import io.pageproxy.criu.TaskWatch;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ExitStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * A restore that runs as our child. We never kill it: when its barrier is closed it kills its tree
 * and waits for the end of the tasks. If somebody else kills it, it leaves its tasks behind.
 *
 * @param barrier holds it at {@code post-restore}
 * @param child criu, or what starts criu
 * @param pidFile where it writes the pid of the root
 * @param tasks what it has created
 * @param afterKill blocks, once the tasks of a failed restore were killed
 */
record RestoreChild(
        ActionScriptBarrier barrier,
        ChildProcess child,
        Path pidFile,
        TaskWatch tasks,
        Runnable afterKill)
        implements Restores.Paused {
    /** How long killed tasks may take to release their memory. */
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(30);

    /** The restore of a child that has just been started. */
    static RestoreChild of(
            ActionScriptBarrier barrier, ChildProcess child, Path pidFile, Runnable afterKill) {
        TaskWatch tasks = TaskWatch.of(child);
        Reactions.whenDone(child.exit(), () -> close(barrier));
        Reactions.whenDone(barrier.reached(), () -> barrier.root().ifPresent(tasks::add));
        return new RestoreChild(barrier, child, pidFile, tasks, afterKill);
    }

    @Override
    public List<Long> killLeft() {
        List<Long> left = tasks.kill(KILL_TIMEOUT);
        afterKill.run();
        return left;
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
    public Optional<Task> root() {
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

    static void close(ActionScriptBarrier barrier) {
        try {
            barrier.close();
        } catch (IOException ignored) {
            return; // The FIFOs are closed in any case.
        }
    }
}
