package io.pageproxy.dest.lazy;

import io.netty.channel.EventLoop;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The only daemon of a migration: its session begins before the images have arrived, and the daemon
 * is started when they have. Thread-safe.
 */
public final class AttachedDaemons implements LazyDaemons {
    /** The daemon's log file in the images folder. */
    public static final String LOG_FILE_NAME = "lazy-pages.log";

    /**
     * The socket in the images folder by which {@code criu restore} passes it the tasks' memory.
     */
    private static final String SOCKET_FILE_NAME = "lazy-pages.socket";

    private static final long POLL_MILLIS = 2;

    private final ChildLauncher launcher;
    private final List<String> command;
    private final String version;
    private final RecordLayout layout;
    private final AtomicReference<AttachedDaemon> daemon = new AtomicReference<>();

    /**
     * For one migration.
     *
     * @param launcher starts the daemon
     * @param command such as {@code criu lazy-pages}
     * @param version CRIU's version, as it reports itself
     * @param layout the record layout of that CRIU
     */
    public AttachedDaemons(
            ChildLauncher launcher, List<String> command, String version, RecordLayout layout) {
        this.launcher = launcher;
        this.command = List.copyOf(command);
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
     * Starts the daemon on complete images, and waits until a restore can connect to it; blocks.
     *
     * @throws SessionException TUNNEL_PROTOCOL if the source has begun no session for the pages;
     *     RESTORE_FAILED if the daemon cannot be started or ends
     */
    public void start(Path folder) {
        AttachedDaemon waiting = daemon.get();
        if (waiting == null) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the source sent the files of a lazy migration, but began no lazy session");
        }
        try {
            Path socket = folder.resolve(SOCKET_FILE_NAME);
            Files.deleteIfExists(socket);
            ChildProcess child = launch(folder);
            waiting.begin(child, folder);
            awaitListening(socket, child);
        } catch (IOException e) {
            throw new SessionException(
                    CloseReason.RESTORE_FAILED,
                    "criu lazy-pages could not be started: " + FailureText.of(e));
        }
    }

    private ChildProcess launch(Path folder) throws IOException {
        List<String> words = new ArrayList<>(command);
        words.addAll(List.of("--images-dir", folder.toString()));
        words.addAll(List.of("--page-server", "--ps-socket"));
        words.add(Integer.toString(ChildLauncher.SOCKET_DESCRIPTOR));
        return launcher.launch(
                new ChildSpec(
                        words,
                        ChildEnvironment.minimal(),
                        Optional.of(folder.resolve(LOG_FILE_NAME))));
    }

    /** The daemon listens right after its bind, long before a restore connects. */
    private static void awaitListening(Path socket, ChildProcess child) throws IOException {
        while (!Files.exists(socket)) {
            if (child.exit().isDone()) {
                throw new IOException("it ended: " + child.exit().join().describe());
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }

    /**
     * A second descriptor of our end of the daemon's socket. As long as it is open, the daemon sees
     * no end of the stream and does not release the tasks' memory. The caller closes it.
     */
    public CompletableFuture<Integer> duplicateSocket() {
        return daemon.get().duplicateSocket();
    }
}
