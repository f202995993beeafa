package io.pageproxy.process;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A running child and our end of its socket. Every method may be called from any thread. */
public interface ChildProcess {

    /**
     * The child's process id; once {@link #exit} is complete the system may give it to another
     * process.
     */
    int pid();

    /**
     * Hands over our end of the socket pair: non-blocking, close-on-exec. The caller owns the
     * descriptor from then on and must take and close it even if the child is already gone, since
     * what the child has sent can still be read.
     *
     * @throws IllegalStateException if it was taken before
     */
    int takeSocket();

    /**
     * Completes when the child has ended and been reaped, on a thread of its own that callbacks may
     * block. It does not say that the socket has been read to its end. Fails only if another part
     * of this process took the exit status. The future is a copy: to complete or cancel it changes
     * nothing for others.
     */
    CompletableFuture<ExitStatus> exit();

    /**
     * Sends a signal (see {@link Signals}): to the child in the foreground form, to its whole
     * process group in the detached form. Never reaches a stranger: a child that has been reaped
     * gets nothing.
     *
     * @return whether it was sent; false once the child has ended
     */
    boolean signal(int signal);

    /**
     * Sends SIGTERM now, and SIGKILL if the child is still there after the grace period. Does not
     * wait.
     *
     * @return {@link #exit}
     */
    CompletableFuture<ExitStatus> terminate(Duration grace);
}
