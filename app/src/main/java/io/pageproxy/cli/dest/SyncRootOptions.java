package io.pageproxy.cli.dest;

import io.pageproxy.dest.sync.SyncRoots;
import io.pageproxy.dest.sync.SyncServices;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.rsync.RsyncProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Where files of trees may be copied. */
final class SyncRootOptions {
    @Option(
            names = "--sync-root",
            paramLabel = "DIR",
            description =
                    "with --allow-restore: for migrate --sync, copy files into folders below this"
                            + " one, as root and with all that they have (repeatable); needs rsync"
                            + " 3.2 or later")
    private List<Path> roots = List.of();

    /**
     * Rejects contradictory options.
     *
     * @param restoresUser whether only trees of one user are restored
     * @param separates whether root's part is another process
     * @throws ParameterException with the problem and its remedy
     */
    void validate(
            CommandLine command, boolean allowsRestore, boolean restoresUser, boolean separates) {
        if (roots.isEmpty()) {
            return;
        }
        if (!allowsRestore) {
            throw new ParameterException(
                    command,
                    "--sync-root is for --allow-restore: give that too, or leave out both");
        }
        if (separates) {
            throw new ParameterException(
                    command,
                    "--sync-root and --user exclude each other: files are written as root, by what"
                            + " speaks to the network; leave one out");
        }
        if (restoresUser) {
            throw new ParameterException(
                    command,
                    "--sync-root and --restore-user exclude each other: files that are copied may"
                            + " belong to anybody; leave one out");
        }
        for (Path root : roots) {
            if (!root.isAbsolute() || !root.normalize().equals(root) || !Files.isDirectory(root)) {
                throw new ParameterException(
                        command, "--sync-root " + root + " is no folder with an absolute path");
            }
        }
        try {
            RsyncProgram.version();
        } catch (IOException e) {
            throw new ParameterException(
                    command, "--sync-root needs rsync on this host: " + e.getMessage());
        }
    }

    /**
     * What copies files.
     *
     * @param launcher starts rsync
     */
    SyncServices services(ChildLauncher launcher) {
        return new SyncServices(new SyncRoots(roots), launcher);
    }
}
