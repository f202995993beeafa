package io.pageproxy.cli.source;

import io.pageproxy.cli.WorkingDirectory;
import io.pageproxy.cli.options.Converters;
import io.pageproxy.cli.options.EndpointConverter;
import io.pageproxy.cli.options.UserConverter;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.source.DumperPort;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * Options of the listening socket for dumpers: its address, permitted users, and how long a
 * connection is kept.
 */
final class ListenOptions {
    @Option(
            names = "--listen",
            paramLabel = "ADDR:PORT|unix:PATH",
            converter = EndpointConverter.class,
            description =
                    "where a dumper connects; port 0: any free port; unix: a socket in a folder,"
                            + " for a wrapper that passes it to criu as --ps-socket")
    private Endpoint listen;

    @Option(
            names = "--dumper-uid",
            paramLabel = "USER",
            converter = UserConverter.class,
            description =
                    "whose dumper may connect, by number or name (repeatable); others are refused"
                            + " (default: root and the current user)")
    private Set<Integer> users = Set.of();

    @Option(
            names = "--dumper-idle-timeout",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            description =
                    "how long a dumper's connection is kept after a successful session for the next"
                            + " one, as in phaul's rounds (default: 10m)")
    private Duration idle;

    @Option(
            names = "--unsafe-listen",
            description = "let --listen be an address that other hosts can reach")
    private boolean unsafe;

    /** Whether a dumper connects instead of being started. */
    boolean given() {
        return listen != null;
    }

    /** Whether any of these options is given. */
    boolean anyGiven() {
        return given() || idle != null;
    }

    /** Description for error messages. */
    @Override
    public String toString() {
        return "--listen " + listen;
    }

    /** The users that may connect. */
    LocalUsers users() throws IOException {
        return LocalUsers.onlyOrOwn(users);
    }

    /** The configured port. */
    Optional<DumperPort> port(WorkingDirectory directory) throws IOException {
        if (!given()) {
            return Optional.empty();
        }
        boolean anybody = users.isEmpty() && !listen.isLocal();
        return Optional.of(
                new DumperPort(
                        directory.resolve(listen),
                        anybody ? LocalUsers.anybody() : users(),
                        idle == null ? DumperPort.DEFAULT_IDLE : idle));
    }

    /**
     * Rejects contradictory options.
     *
     * @throws ParameterException with the problem and its remedy
     */
    void validate(CommandLine command) {
        if (!given() && !users.isEmpty()) {
            throw new ParameterException(
                    command, "--dumper-uid is for a dumper that connects: give --listen");
        }
        if (!given() && idle != null) {
            throw new ParameterException(
                    command, "--dumper-idle-timeout is for a dumper that connects: give --listen");
        }
        if (given() && !listen.isLocal() && !unsafe) {
            throw new ParameterException(
                    command,
                    this
                            + " is not a loopback address: whoever reaches that port can write"
                            + " pages in plain text; listen on 127.0.0.1, or say --unsafe-listen");
        }
    }
}
