package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The session's hold on its lazy-pages daemon. Nothing goes to it that it has not asked for. To be
 * used on the session's event loop, but for {@link #start}.
 */
interface LazyDaemon {
    /**
     * Starts it, or lets it come; blocks.
     *
     * @throws IOException that says why that cannot be
     */
    void start() throws IOException, InterruptedException;

    /** Where the images are that it reads; empty where that is not known. */
    default Optional<Path> images() {
        return Optional.empty();
    }

    /** Its process; empty where it is no child of ours. */
    default OptionalInt pid() {
        return OptionalInt.empty();
    }

    /** From now on the listener hears what it says. Once, after the start. */
    void serve();

    /** Whether it has an exit code for us, which alone tells whether its CLOSE means success. */
    boolean exitTells();

    /**
     * Hands it a piece of the answers; ownership passes.
     *
     * @return whether it keeps up
     */
    boolean send(ByteBuf piece);

    /** Answers its CLOSE, on which it waits. */
    void answerClose();

    /** It loses its socket, on which it fails. */
    void giveUp();

    /** Closes our end after its own. */
    void close();
}
