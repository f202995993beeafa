package io.pageproxy.dest.lazy;

import io.pageproxy.process.ChildProcess;
import java.io.IOException;
import java.nio.file.Path;

/** Starts the lazy-pages daemons of restores; blocks. */
public interface LazyPages {
    /** The daemon's log file in the images folder. */
    String LOG_FILE_NAME = "lazy-pages.log";

    /**
     * Starts a daemon up to the point where it needs its images. It has its pages from the child's
     * socket.
     *
     * @param reader from the {@link io.pageproxy.dest.images.HeldImages} of that folder
     * @throws IOException that says why it could not be started
     */
    ChildProcess launch(Path folder, int reader) throws IOException;

    /**
     * Waits until a restore can connect to a daemon that may read its images.
     *
     * @param daemon from {@link #launch} with the same folder
     * @throws IOException if it ends before
     */
    void awaitListening(Path folder, ChildProcess daemon) throws IOException;
}
