package io.pageproxy.dest.lazy;

import io.pageproxy.dest.session.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Waits until a lazy-pages daemon that others prepare listens for a restore: then its images are
 * there, and no task runs yet. To be used on the session's event loop; looks at the file system on
 * workers.
 */
final class SocketWatch {
    private static final long POLL_MILLIS = 10;

    private final Path socket;
    private final long sinceMillis;
    private final Workers workers;
    private final Runnable onListening;
    private boolean over;

    /**
     * A watch that does not run yet.
     *
     * @param images the daemon's folder
     * @param sinceMillis when the daemon was started; an older socket is not its own
     * @param onListening called once, on the event loop
     */
    SocketWatch(Path images, long sinceMillis, Workers workers, Runnable onListening) {
        this.socket = images.resolve(CriuLazyPages.SOCKET_FILE_NAME);
        this.sinceMillis = sinceMillis;
        this.workers = workers;
        this.onListening = onListening;
    }

    void begin() {
        if (!over) {
            workers.run(this::isListening, this::onLooked, failure -> lookAgain());
        }
    }

    /** Ends the watch; afterwards nothing is called. */
    void stop() {
        over = true;
    }

    private boolean isListening() {
        try {
            return Files.getLastModifiedTime(socket).toMillis() >= sinceMillis;
        } catch (IOException e) {
            return false; // It is not there yet.
        }
    }

    private void onLooked(boolean listening) {
        if (!listening) {
            lookAgain();
        } else if (!over) {
            over = true;
            onListening.run();
        }
    }

    private void lookAgain() {
        workers.loop().schedule(this::begin, POLL_MILLIS, TimeUnit.MILLISECONDS);
    }
}
