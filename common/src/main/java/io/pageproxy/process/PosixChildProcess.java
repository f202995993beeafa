package io.pageproxy.process;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import io.pageproxy.posix.LibC;
import io.pageproxy.posix.Signals;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A child of {@link PosixChildLauncher}.
 *
 * <p>Its waiter thread first waits without reaping ({@code WNOWAIT}), so the process ID remains the
 * child's, and then reaps under the lock that {@link #signal} takes. Hence no signal can hit an
 * unrelated process with the same ID.
 */
final class PosixChildProcess implements ChildProcess {
    /** Size of siginfo_t on Linux. */
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
     * @param leadsGroup whether the child leads its own process group, which then receives the
     *     signals
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
     * @throws ChildLaunchException if the thread cannot be started; the child is then killed and
     *     reaped
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

    /** Blocks until the child has ended, without reaping it. */
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
     * Kills the remaining processes of the child's group and reaps the ended child, so that nothing
     * it started in its group outlives it.
     */
    private ExitStatus reap() {
        synchronized (reaping) {
            if (leadsGroup) {
                libc.kill(-pid, Signals.SIGKILL);
            }
            reaped = true;
            int[] status = new int[1];
            // The child has ended, so this neither blocks nor is interrupted.
            if (OwnChildren.OF_THIS_PROCESS.reap(pid, () -> libc.waitpid(pid, status, 0)) != pid) {
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
