package io.pageproxy.dest.lazy;

import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Starts {@code criu lazy-pages} as a child of this process.
 *
 * @param launcher starts it
 * @param command such as {@code criu lazy-pages}
 */
public record CriuLazyPages(ChildLauncher launcher, List<String> command) implements LazyPages {
    /**
     * The socket in the images folder by which {@code criu restore} passes it the tasks' memory.
     */
    static final String SOCKET_FILE_NAME = "lazy-pages.socket";

    private static final long POLL_MILLIS = 2;

    /** Copies the list. */
    public CriuLazyPages {
        command = List.copyOf(command);
    }

    @Override
    public ChildProcess launch(Path folder, int reader) throws IOException {
        Files.deleteIfExists(folder.resolve(SOCKET_FILE_NAME));
        List<String> words = new ArrayList<>(command);
        words.addAll(List.of("--images-dir", folder.toString()));
        words.addAll(List.of("--page-server", "--ps-socket"));
        words.add(Integer.toString(ChildLauncher.SOCKET_DESCRIPTOR));
        return launcher.launch(
                new ChildSpec(
                        words,
                        ChildEnvironment.minimal(),
                        Optional.of(folder.resolve(LOG_FILE_NAME)),
                        OptionalInt.of(reader)));
    }

    /** The daemon listens right after its bind, long before a restore connects. */
    @Override
    public void awaitListening(Path folder, ChildProcess daemon) throws IOException {
        Path socket = folder.resolve(SOCKET_FILE_NAME);
        while (!Files.exists(socket)) {
            if (daemon.exit().isDone()) {
                throw new IOException("it ended: " + daemon.exit().join().describe());
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }
}
