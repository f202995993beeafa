package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The lazy-pages daemon of one session. It receives only what it requests. To be used on the
 * session's event loop, except {@link #start} and {@link #started}.
 */
interface LazyDaemon {
    /**
     * Starts the daemon, or prepares for one that others start; blocks.
     *
     * @throws IOException if that fails; its message says why
     */
    void start() throws IOException, InterruptedException;

    /**
     * Like {@link #start}.
     *
     * @return this daemon
     * @throws SessionException if that fails
     */
    default LazyDaemon started() {
        try {
            start();
            return this;
        } catch (IOException e) {
            throw new SessionException(CloseReason.LOCAL_FAILURE, FailureText.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SessionException(CloseReason.SHUTDOWN, "interrupted");
        }
    }

    /** The folder of the images that it reads; empty if that is not known. */
    default Optional<Path> images() {
        return Optional.empty();
    }

    /** Its process; empty if it is not our child or not started yet. */
    default OptionalInt pid() {
        return OptionalInt.empty();
    }

    /** Starts to pass what it sends to the listener. To be called once, after the start. */
    void serve();

    /** Whether we learn its exit status: without one, only its CLOSE can mean success. */
    boolean hasExitStatus();

    /**
     * Sends a piece of the answers and takes ownership of it.
     *
     * @return whether more may be sent now
     */
    boolean send(ByteBuf piece);

    /** Answers its CLOSE with status 0; it waits for that. */
    void answerClose();

    /** Closes its socket, so that it fails. */
    void giveUp();

    /** Closes our end of the socket of a daemon that is done. */
    void close();
}
