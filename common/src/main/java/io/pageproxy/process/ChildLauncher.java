package io.pageproxy.process;

import java.io.IOException;

/**
 * Starts child processes whose descriptor {@value #SOCKET_DESCRIPTOR} is one end of a socket pair.
 */
public interface ChildLauncher {

    /**
     * The number under which every child finds its end of the socket, to be put on its command
     * line.
     */
    int SOCKET_DESCRIPTOR = 3;

    /** The number of the further descriptor of a child that is to keep one open. */
    int KEPT_DESCRIPTOR = 4;

    /**
     * Starts a child. Returns once its program runs (after {@code exec}); may be called from any
     * thread, but blocks for as long as opening files and {@code exec} take, so not from an event
     * loop.
     *
     * @throws ChildLaunchException if it could not be started; the message names the file and the
     *     cause
     * @throws IOException if this system lacks what launching needs
     */
    ChildProcess launch(ChildSpec spec) throws IOException;
}
