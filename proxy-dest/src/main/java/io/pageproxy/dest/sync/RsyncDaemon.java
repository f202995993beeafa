package io.pageproxy.dest.sync;

import io.pageproxy.posix.Signals;
import io.pageproxy.process.ChildEnvironment;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExecutablePath;
import io.pageproxy.rsync.RsyncProgram;
import io.pageproxy.text.LogTail;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An rsync daemon for one pass. It speaks on its socket and on no port; its only module is a folder
 * that it inherits as descriptor 4 and that becomes its root before it reads any name, so that
 * neither {@code ..} nor a link leads elsewhere. It can only be written to, with the options that
 * {@code migrate} uses. {@link #close} ends it and removes its configuration.
 */
final class RsyncDaemon implements AutoCloseable {
    private static final String MODULE = "files";
    private static final int SAID_LINES = 5;
    private static final int SAID_BYTES = 4 << 10;

    /**
     * The options that are not refused. {@code *} refuses all but those without which nothing
     * works.
     */
    private static final String OPTIONS =
            "* !a !H !A !X !S !x !z !numeric-ids !delete !delete-during !c !v !no-W !no-i-r";

    private final Path folder;
    private final ChildProcess child;

    private RsyncDaemon(Path folder, ChildProcess child) {
        this.folder = folder;
        this.child = child;
    }

    /**
     * Starts one; blocks until it runs.
     *
     * @param target descriptor of the folder; stays the caller's
     * @throws IOException that says why it cannot be started
     */
    static RsyncDaemon start(ChildLauncher launcher, int target) throws IOException {
        String program = ExecutablePath.ofThisProcess().find(RsyncProgram.NAME);
        Path folder = Files.createTempDirectory("pageproxy-sync"); // Private, by its mode.
        try {
            Path log = folder.resolve("log");
            Path configuration = folder.resolve("rsyncd.conf");
            Files.writeString(configuration, configuration(log));
            ChildSpec spec =
                    new ChildSpec(
                            List.of(
                                    "/bin/sh",
                                    "-c",
                                    "exec \"$@\" <&3 >&3 3>&-",
                                    "sh",
                                    program,
                                    "--server",
                                    "--daemon",
                                    "--config=" + configuration,
                                    "."),
                            ChildEnvironment.minimal(),
                            Optional.of(log),
                            OptionalInt.of(target));
            return new RsyncDaemon(folder, launcher.launch(spec));
        } catch (IOException e) {
            remove(folder);
            throw e;
        }
    }

    private static String configuration(Path log) {
        return String.join(
                "\n",
                "use chroot = yes",
                "uid = 0",
                "gid = 0",
                "numeric ids = yes",
                "munge symlinks = no",
                "reverse lookup = no",
                "log file = " + log,
                "[" + MODULE + "]",
                "path = /proc/self/fd/" + ChildLauncher.KEPT_DESCRIPTOR,
                "read only = no",
                "write only = yes",
                "list = no",
                "refuse options = " + OPTIONS,
                "");
    }

    /** The program, whose socket the caller takes. */
    ChildProcess child() {
        return child;
    }

    /** Its configuration and log, until it is closed. */
    Path folder() {
        return folder;
    }

    /** The last lines of its log; blocks. */
    String said() {
        return LogTail.of(folder.resolve("log"), SAID_LINES, SAID_BYTES);
    }

    /** Kills it if it runs, and removes its configuration and log; blocks. */
    @Override
    public void close() throws IOException {
        child.signal(Signals.SIGKILL);
        remove(folder);
    }

    private static void remove(Path folder) throws IOException {
        Files.deleteIfExists(folder.resolve("log"));
        Files.deleteIfExists(folder.resolve("rsyncd.conf"));
        Files.deleteIfExists(folder);
    }
}
