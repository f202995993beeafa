package io.pageproxy.process;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A child of {@link PosixChildLauncher}.
 *
 * <p>Its waiter thread first waits without reaping ({@code WNOWAIT}), so that the process id stays
 * the child's own, and reaps under the lock that {@link #signal} takes: no signal can hit a
 * stranger who got the same id.
 */
final class PosixChildProcess implements ChildProcess {
    /** siginfo_t has 128 bytes on Linux. */
    private static final int SIGNAL_INFO_BYTES = 128;

    private final LibC libc;
    private final int pid;
    private final int socket;
    private final boolean leadsGroup;
    private final AtomicBoolean socketTaken = new AtomicBoolean();
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private final Object reaping = new Object();
    private boolean reaped;

    /**
     * @param leadsGroup whether the child leads a process group of its own, to which signals then
     *     go
     */
    PosixChildProcess(LibC libc, int pid, int socket, boolean leadsGroup) {
        this.libc = libc;
        this.pid = pid;
        this.socket = socket;
        this.leadsGroup = leadsGroup;
    }

    /**
     * Starts the thread that waits for the child.
     *
     * @throws ChildLaunchException if there can be none; then the child is killed and reaped
     */
    void watch(ThreadFactory waiters) throws ChildLaunchException {
        try {
            Thread waiter = waiters.newThread(this::awaitExit);
            waiter.setName("child-" + pid);
            waiter.start();
        } catch (RuntimeException | Error e) {
            signal(Signals.SIGKILL);
            awaitExit();
            throw new ChildLaunchException("cannot start the thread that waits for a child: " + e);
        }
    }

    @Override
    public int pid() {
        return pid;
    }

    @Override
    public int takeSocket() {
        if (!socketTaken.compareAndSet(false, true)) {
            throw new IllegalStateException("the socket of child " + pid + " was taken before");
        }
        return socket;
    }

    @Override
    public CompletableFuture<ExitStatus> exit() {
        return exit.copy();
    }

    @Override
    public boolean signal(int signal) {
        synchronized (reaping) {
            return !reaped && libc.kill(leadsGroup ? -pid : pid, signal) == 0;
        }
    }

    @Override
    public CompletableFuture<ExitStatus> terminate(Duration grace) {
        if (signal(Signals.SIGTERM)) {
            Executor afterGrace =
                    CompletableFuture.delayedExecutor(grace.toMillis(), TimeUnit.MILLISECONDS);
            afterGrace.execute(() -> signal(Signals.SIGKILL));
        }
        return exit();
    }

    private void awaitExit() {
        try {
            awaitEnd();
            exit.complete(reap());
        } catch (RuntimeException | Error e) {
            exit.completeExceptionally(e);
        }
    }

    /** Blocks until the child has ended, and leaves it unreaped. */
    private void awaitEnd() {
        try (Memory info = new Memory(SIGNAL_INFO_BYTES)) {
            while (libc.waitid(LibC.P_PID, pid, info, LibC.WEXITED | LibC.WNOWAIT) < 0) {
                int error = Native.getLastError();
                if (error != LibC.EINTR) {
                    synchronized (reaping) {
                        reaped = true;
                    }
                    throw statusLost(error);
                }
            }
        }
    }

    /**
     * Reaps the ended child, and first kills what is left of its group: nothing that it started in
     * there outlives it.
     */
    private ExitStatus reap() {
        synchronized (reaping) {
            if (leadsGroup) {
                libc.kill(-pid, Signals.SIGKILL);
            }
            reaped = true;
            int[] status = new int[1];
            // An ended child is there at once: this neither blocks nor is interrupted.
            if (PosixChildLauncher.OWN.reap(pid, () -> libc.waitpid(pid, status, 0)) != pid) {
                throw statusLost(Native.getLastError());
            }
            return ExitStatus.ofWaitStatus(status[0]);
        }
    }

    private IllegalStateException statusLost(int error) {
        return new IllegalStateException(
                "the exit status of child " + pid + " is lost: " + libc.strerror(error));
    }
}
