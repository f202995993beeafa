package io.pageproxy.process;

import io.pageproxy.posix.Signals;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A running child and our end of its socket. Thread-safe. */
public interface ChildProcess {

    /** The child's process ID; the system may reuse it once {@link #exit} is complete. */
    int pid();

    /**
     * Transfers ownership of our end of the socket pair (non-blocking, close-on-exec) to the
     * caller. The caller must take and close it even if the child has ended, because data sent by
     * the child can still be read.
     *
     * @throws IllegalStateException if it has already been taken
     */
    int takeSocket();

    /**
     * Completes when the child has ended and been reaped, on a thread of its own that callbacks may
     * block. The socket may still contain unread data then. Fails only if another part of this
     * process took the exit status. The returned future is a copy; completing or cancelling it has
     * no effect on other callers.
     */
    CompletableFuture<ExitStatus> exit();

    /** The end of its log, printable, if whoever started it tells; complete with {@link #exit}. */
    default Optional<String> lastWords() {
        return Optional.empty();
    }

    /**
     * Sends a signal (see {@link Signals}) to a foreground child, or to the whole process group of
     * a detached child. A child that has been reaped receives nothing, so the signal never reaches
     * an unrelated process.
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
