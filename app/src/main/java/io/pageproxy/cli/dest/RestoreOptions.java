package io.pageproxy.cli.dest;

import io.pageproxy.cli.options.ArgumentOfProgram;
import io.pageproxy.cli.options.UserConverter;
import io.pageproxy.dest.credentials.RestoreUser;
import io.pageproxy.dest.pageserver.CriuProbe;
import io.pageproxy.dest.restore.AllowedRestores;
import io.pageproxy.dest.restore.CriuRestores;
import io.pageproxy.dest.restore.RestorePrograms;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.restore.RestoresOfUser;
import io.pageproxy.dest.restore.RuncRestores;
import io.pageproxy.process.PosixChildLauncher;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
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
            names = CriuRestores.CONNECTIONS,
            description =
                    "with --allow-restore: restore TCP connections too, of trees and containers,"
                            + " for migrate --tcp-established; their address must be moved here"
                            + " before (--hook)")
    private boolean connections;

    @Option(
            names = "--restore-arg",
            paramLabel = "ARG",
            preprocessor = ArgumentOfProgram.class,
            description = "pass this argument to criu restore (repeatable), such as --file-locks")
    private List<String> arguments = List.of();

    @Option(
            names = "--restore-user",
            paramLabel = "USER",
            converter = ToRestoreUser.class,
            description =
                    "restore only trees all of whose tasks run as this user, with its groups and no"
                            + " capabilities; others are refused before they run")
    private RestoreUser user;

    /** Converts a user, given by number or name. */
    static final class ToRestoreUser implements ITypeConverter<RestoreUser> {
        @Override
        public RestoreUser convert(String value) throws IOException {
            return RestoreUser.of(value, new UserConverter().convert(value));
        }
    }

    /** Options that programs of restores get besides the operator's arguments for them. */
    List<String> shared() {
        return connections ? List.of(CriuRestores.CONNECTIONS) : List.of();
    }

    private List<String> criuArguments() {
        return Stream.concat(arguments.stream(), shared().stream()).distinct().toList();
    }

    /** Whether only trees of one user may be restored. */
    boolean ofOneUser() {
        return user != null;
    }

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
        if (!allowed && connections) {
            throw new ParameterException(
                    command,
                    "--tcp-established is for --allow-restore: give that too, or leave out both");
        }
        if (!allowed && user != null) {
            throw new ParameterException(
                    command,
                    "--restore-user is for --allow-restore: give that too, or leave out both");
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

    /**
     * Returns what restores migrated trees, if that is allowed.
     *
     * @param monitor runs CRIU in our place
     * @param containers restores containers of runc
     */
    Restores restores(
            CriuProbe.Facts facts,
            Optional<? extends RestorePrograms> monitor,
            Optional<RuncRestores> containers)
            throws IOException {
        if (!allowed) {
            return Restores.NONE;
        }
        RestorePrograms programs = monitor.isPresent() ? monitor.get() : programs(facts.program());
        return new AllowedRestores(
                programs, facts, containers, criuArguments().contains(CriuRestores.CONNECTIONS));
    }

    /** Runs CRIU as children of this process, with the operator's options. */
    RestorePrograms programs(String criu) throws IOException {
        CriuRestores programs =
                new CriuRestores(
                        new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES),
                        criu,
                        criuArguments());
        return user == null ? programs : new RestoresOfUser(programs, user);
    }
}
