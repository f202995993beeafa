package io.pageproxy.process;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Starts child processes whose descriptor {@value #SOCKET_DESCRIPTOR} is one end of a socket pair.
 */
public interface ChildLauncher {

    /** Descriptor number of the socket in every child, for its command line. */
    int SOCKET_DESCRIPTOR = 3;

    /** Descriptor number of the additional descriptor that a child may inherit. */
    int KEPT_DESCRIPTOR = 4;

    /**
     * Starts a child. Returns once its program runs (after {@code exec}). Callable on any thread,
     * but blocks while files are opened and {@code exec} runs, so not on an event loop.
     *
     * @throws ChildLaunchException if it could not be started; the message names the file and the
     *     cause
     * @throws IOException if this system lacks what launching needs
     */
    ChildProcess launch(ChildSpec spec) throws IOException;

    /** The folder from which a foreground child's relative paths count; empty: that of ours. */
    default Path directory() {
        return Path.of("");
    }
}
