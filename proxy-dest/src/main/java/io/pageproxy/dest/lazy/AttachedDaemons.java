package io.pageproxy.dest.lazy;

import io.netty.channel.EventLoop;
import io.pageproxy.criu.Task;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The only daemon of a migration: its session begins before the images have arrived, and the daemon
 * reads them when they have. Thread-safe, except where noted.
 */
public final class AttachedDaemons implements LazyDaemons {
    private final LazyPages programs;
    private final String version;
    private final RecordLayout layout;
    private final AtomicReference<AttachedDaemon> daemon = new AtomicReference<>();
    private volatile Optional<ChildProcess> process = Optional.empty();

    // Used by one worker after the other.
    private Release release = () -> {};
    private boolean served;

    /** Lets a prepared daemon read its images. */
    @FunctionalInterface
    private interface Release {
        void run() throws IOException;
    }

    /**
     * For one migration.
     *
     * @param programs starts the daemon
     * @param version CRIU's version, as it reports itself
     * @param layout the record layout of that CRIU
     */
    public AttachedDaemons(LazyPages programs, String version, RecordLayout layout) {
        this.programs = programs;
        this.version = version;
        this.layout = layout;
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public RecordLayout layout() {
        return layout;
    }

    @Override
    public LazyDaemon daemon(
            Optional<SessionName> session, EventLoop loop, LazyDaemonListener listener) {
        AttachedDaemon only = new AttachedDaemon(loop, listener);
        if (!daemon.compareAndSet(null, only)) {
            throw new SessionException(
                    CloseReason.SESSION_INVALID,
                    "the migration of this session has the session of its pages already");
        }
        return only;
    }

    /**
     * Starts the daemon before its images are there; blocks.
     *
     * @param held its images
     * @throws SessionException RESTORE_FAILED if it cannot be started
     */
    public void prepare(Path folder, HeldImages held) {
        try {
            int reader = held.addReader();
            process = Optional.of(programs.launch(folder, reader));
            release = () -> held.release(reader);
        } catch (IOException e) {
            throw notStarted(e);
        }
    }

    /**
     * All images are there: lets the prepared daemon read them, and waits until a restore can
     * connect to it; blocks.
     *
     * @throws SessionException TUNNEL_PROTOCOL if the source has begun no session for the pages;
     *     RESTORE_FAILED if the daemon ends
     */
    public void start(Path folder) {
        AttachedDaemon waiting = daemon.get();
        if (waiting == null) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the source sent the files of a lazy migration, but began no lazy session");
        }
        try {
            ChildProcess prepared = process.orElseThrow();
            served = true;
            waiting.begin(prepared, folder);
            release.run();
            programs.awaitListening(folder, prepared);
        } catch (IOException e) {
            throw notStarted(e);
        }
    }

    private static SessionException notStarted(IOException e) {
        return new SessionException(
                CloseReason.RESTORE_FAILED,
                "criu lazy-pages could not be started: " + FailureText.of(e));
    }

    /** Closes the socket of a daemon that was prepared and is not needed; blocks. */
    public void abandon() {
        if (process.isPresent() && !served) {
            served = true;
            try {
                Posix.close(process.get().takeSocket());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /**
     * The signal that has killed the daemon; empty if it runs or has exited by itself. Reads /proc.
     */
    public CompletableFuture<OptionalInt> killedBy() {
        Optional<ChildProcess> ended = process.filter(child -> Task.of(child).isEmpty());
        return ended.map(child -> child.exit().handle((exit, lost) -> signalOf(exit)))
                .orElseGet(() -> CompletableFuture.completedFuture(OptionalInt.empty()));
    }

    /** The exit is null if its status is lost. */
    private static OptionalInt signalOf(ExitStatus exit) {
        return exit == null || exit.signal() == 0
                ? OptionalInt.empty()
                : OptionalInt.of(exit.signal());
    }

    /**
     * A second descriptor of our end of the daemon's socket. As long as it is open, the daemon sees
     * no end of the stream and does not release the tasks' memory. The caller closes it.
     */
    public CompletableFuture<Integer> duplicateSocket() {
        return daemon.get().duplicateSocket();
    }
}
