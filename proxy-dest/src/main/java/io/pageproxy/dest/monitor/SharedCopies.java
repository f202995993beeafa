package io.pageproxy.dest.monitor;

import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.restore.RestorePrograms;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The copies of images, each for one restore, or for a lazy-pages daemon and the restore that it
 * serves. These are started on an empty folder, and wait until the images are copied. Blocking;
 * thread-safe.
 */
final class SharedCopies implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SharedCopies.class);

    private final Staging staging;
    private final RestorePrograms programs;
    private final Duration maxWait;

    /** Those of daemons, by the session's folder. */
    private final Map<String, Copy> ofDaemons = new HashMap<>();

    /** The copy of one session's images. */
    final class Copy {
        private final String session;
        private final Path folder;
        private final HeldImages held;

        /** Guarded by the {@link SharedCopies}. */
        private int users = 1;

        /** Completes when all its programs have been released, or it is removed. */
        private final CompletableFuture<Void> released = new CompletableFuture<>();

        private boolean filled;

        private Copy(String session) throws IOException {
            this.session = session;
            this.folder = staging.prepare(session);
            try {
                this.held = programs.hold(folder);
            } catch (IOException e) {
                staging.remove(folder);
                throw e;
            }
            released.orTimeout(maxWait.toMillis(), TimeUnit.MILLISECONDS)
                    .exceptionally(
                            late -> {
                                LOG.warn("the images of '{}' do not come: gives up", session);
                                withhold();
                                return null;
                            });
        }

        /** The session's name; empty for the images dir itself. */
        String session() {
            return session;
        }

        Path folder() {
            return folder;
        }

        /** Adds a program that is about to start. */
        int addReader() throws IOException {
            return held.addReader();
        }

        /**
         * The images are there: copies them, unless that was done, and lets a daemon read them.
         *
         * @throws IOException if they are not as they must be; the message says which
         */
        synchronized void release(int reader) throws IOException {
            fill();
            held.release(reader);
        }

        /** Like the other one, for the restore, which is released last. */
        synchronized void release() throws IOException {
            fill();
            held.release();
            released.complete(null);
        }

        private void fill() throws IOException {
            if (!filled) {
                staging.fill(folder, session);
                filled = true;
            }
        }

        /** No images come: ends the programs that wait for them. */
        void withhold() {
            try {
                held.close();
            } catch (IOException e) {
                LOG.warn("what waits for images of '{}' stays: {}", session, e.getMessage());
            }
        }

        private synchronized void remove() {
            released.complete(null);
            withhold();
            staging.remove(folder);
        }
    }

    /**
     * Copies nothing yet.
     *
     * @param maxWait how long a program waits for its images
     */
    SharedCopies(Staging staging, RestorePrograms programs, Duration maxWait) {
        this.staging = staging;
        this.programs = programs;
        this.maxWait = maxWait;
    }

    /** A copy for a restore. */
    Copy forRestore(String session) throws IOException {
        return new Copy(session);
    }

    /** A copy for a daemon, which no other may serve. */
    Copy forDaemon(String session) throws IOException {
        Copy copy = new Copy(session);
        synchronized (this) {
            if (ofDaemons.putIfAbsent(session, copy) == null) {
                return copy;
            }
        }
        copy.remove();
        throw new IOException("another lazy-pages daemon serves " + session);
    }

    /** The copy of a daemon, for the restore that it serves. */
    synchronized Copy ofDaemon(String session) throws IOException {
        Copy copy = ofDaemons.get(session);
        if (copy == null) {
            throw new IOException("no lazy-pages daemon serves " + session);
        }
        copy.users++;
        return copy;
    }

    /**
     * A user needs it no more.
     *
     * @return whether nobody does, so that it is to be removed
     */
    synchronized boolean isLast(Copy copy) {
        copy.users--;
        if (copy.users == 0) {
            ofDaemons.remove(copy.session, copy);
        }
        return copy.users == 0;
    }

    /** Removes a copy that nobody needs. */
    void remove(Copy copy) {
        copy.remove();
    }

    @Override
    public void close() {
        staging.close();
    }
}
