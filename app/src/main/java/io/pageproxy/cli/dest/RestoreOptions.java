package io.pageproxy.cli.dest;

import io.pageproxy.dest.pageserver.CriuProbe;
import io.pageproxy.dest.restore.CriuRestores;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.process.PosixChildLauncher;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options of restores. */
final class RestoreOptions {
    @Option(
            names = "--allow-restore",
            description =
                    "restore trees for pageproxy migrate, also lazily with criu lazy-pages: every"
                            + " allowed peer can then run processes on this host, as any user that"
                            + " this one can become")
    private boolean allowed;

    @Option(
            names = "--restore-arg",
            paramLabel = "ARG",
            description =
                    "pass this argument to criu restore (repeatable), such as --tcp-established")
    private List<String> arguments = List.of();

    /** Whether anything may be restored here. */
    boolean allowed() {
        return allowed;
    }

    /**
     * Rejects contradictory options.
     *
     * @throws ParameterException with the problem and its remedy
     */
    void validate(CommandLine command) {
        if (!allowed && !arguments.isEmpty()) {
            throw new ParameterException(
                    command,
                    "--restore-arg is for --allow-restore: give that too, or leave out both");
        }
        for (String argument : arguments) {
            if (argument.startsWith("-D") || argument.startsWith("--images-dir")) {
                throw new ParameterException(
                        command,
                        "--restore-arg "
                                + argument
                                + ": pageproxy sets the images folder itself; leave it out");
            }
        }
    }

    /** Returns what restores migrated trees, if that is allowed. */
    Restores restores(CriuProbe.Facts facts) throws IOException {
        return allowed
                ? new CriuRestores(
                        new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES),
                        facts,
                        arguments)
                : Restores.NONE;
    }
}
