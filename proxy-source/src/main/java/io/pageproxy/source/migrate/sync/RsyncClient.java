package io.pageproxy.source.migrate.sync;

import io.pageproxy.posix.Signals;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.rsync.RsyncProgram;
import io.pageproxy.text.LogTail;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Our rsync in one pass. Its "remote shell" connects it with the socket that it inherits as
 * descriptor 3. {@link #close} ends it and removes its log.
 */
final class RsyncClient implements AutoCloseable {
    private static final int SAID_LINES = 5;
    private static final int SAID_BYTES = 4 << 10;

    /** Ends when the other side does, since rsync waits for its end. */
    private static final String SHELL =
            "/bin/sh -c 'exec 4<&0; cat <&4 >&3 & exec 4<&-; cat <&3; kill $!' sh";

    /** Everything that a file has, on this file system alone, and nothing that is not here. */
    private static final List<String> OPTIONS =
            List.of("-aHAXSx", "--numeric-ids", "--delete", "-e", SHELL);

    private final Path log;
    private final ChildProcess child;

    private RsyncClient(Path log, ChildProcess child) {
        this.log = log;
        this.child = child;
    }

    /**
     * Starts it; blocks until it runs.
     *
     * @param contents whether files are compared by content, and not by length and time
     * @param compress whether what is sent is compressed
     * @throws IOException that says why it cannot be started
     */
    static RsyncClient start(
            ChildLauncher launcher, Path folder, boolean contents, boolean compress)
            throws IOException {
        List<String> words = new ArrayList<>(List.of(RsyncProgram.NAME));
        words.addAll(OPTIONS);
        if (contents) {
            words.add("--checksum");
        }
        if (compress) {
            words.add("--compress");
        }
        words.addAll(List.of("--", folder + "/", "pageproxy::files/"));
        Path log = Files.createTempFile("pageproxy-sync", ".log");
        try {
            ChildSpec spec = new ChildSpec(words, ChildEnvironment.minimal(), Optional.of(log));
            return new RsyncClient(log, launcher.launch(spec));
        } catch (IOException e) {
            Files.delete(log);
            throw e;
        }
    }

    /** The program, whose socket the caller takes. */
    ChildProcess child() {
        return child;
    }

    /** The last lines that it has printed; blocks. */
    String said() {
        return LogTail.of(log, SAID_LINES, SAID_BYTES);
    }

    @Override
    public void close() throws IOException {
        child.signal(Signals.SIGKILL);
        Files.deleteIfExists(log);
    }
}
