package io.pageproxy.cli.dest;

import io.pageproxy.cli.Arguments;
import io.pageproxy.cli.options.EndpointConverter;
import io.pageproxy.cli.options.MemoryConverter;
import io.pageproxy.cli.options.UserConverter;
import io.pageproxy.dest.lazy.ChildDaemons;
import io.pageproxy.dest.lazy.LazyDaemons;
import io.pageproxy.dest.lazy.ListenedDaemons;
import io.pageproxy.dest.pageserver.CriuProbe;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.process.PosixChildLauncher;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Options of lazy sessions: how their daemons are started, and read-ahead. */
final class LazyOptions {
    private static final Logger LOG = LoggerFactory.getLogger(LazyOptions.class);

    /**
     * Arguments that pageproxy appends to the command of a lazy-pages daemon, which must not be
     * given.
     */
    private static final Set<String> OUR_ARGUMENTS =
            Set.of("--page-server", "--ps-socket", "--address", "--port", "--tls", "--daemon");

    @Parameters(
            paramLabel = "-- COMMAND",
            arity = "0..*",
            description =
                    "allow lazy sessions, and start this command for each, such as criu lazy-pages"
                            + " -D DIR; {session} stands for the session's name")
    private List<String> daemon = List.of();

    @Option(
            names = "--lazy-listen",
            paramLabel = "ADDR:PORT|unix:PATH",
            converter = EndpointConverter.class,
            description =
                    "allow lazy sessions, one at a time, whose criu lazy-pages connects here: start"
                            + " it with --page-server --address ADDR --port PORT when 'lazy' is"
                            + " printed")
    private Endpoint listen;

    @Option(
            names = "--lazy-uid",
            paramLabel = "USER",
            converter = UserConverter.class,
            description =
                    "whose criu lazy-pages may connect, by number or name (repeatable); others are"
                            + " refused (default: root and the current user)")
    private Set<Integer> users = Set.of();

    @Option(
            names = "--unsafe-lazy-close",
            description =
                    "with --lazy-listen: let the source's tasks end when criu lazy-pages sends CLOSE,"
                            + " which it may also do after a failure")
    private boolean unsafeClose;

    @Option(
            names = "--lazy-read-ahead",
            paramLabel = "SIZE|none",
            converter = MemoryConverter.class,
            description =
                    "how much of the source's memory a lazy session fetches before criu lazy-pages"
                            + " requests it (default: 64M)")
    private long readAheadBytes = DestLimits.DEFAULT_READ_AHEAD_BYTES;

    /** Whether a daemon is started for each session. */
    boolean startsDaemons() {
        return !daemon.isEmpty();
    }

    /** Limit of the read-ahead in bytes; 0 disables it. */
    long readAheadBytes() {
        return readAheadBytes;
    }

    /**
     * Rejects contradictory arguments.
     *
     * @throws ParameterException with the problem and its remedy
     */
    void validate(CommandLine command) {
        Arguments.requireBehindEnd(command, daemon);
        checkCommand(command);
        checkListen(command);
    }

    private void checkCommand(CommandLine command) {
        for (String word : daemon) {
            if (OUR_ARGUMENTS.contains(word)) {
                throw new ParameterException(
                        command,
                        "-- "
                                + String.join(" ", daemon)
                                + ": pageproxy is the page server of the daemon itself; leave out "
                                + word);
            }
        }
    }

    private void checkListen(CommandLine command) {
        if (listen == null) {
            if (!users.isEmpty() || unsafeClose) {
                throw new ParameterException(
                        command,
                        "--lazy-uid and --unsafe-lazy-close are for a criu lazy-pages that"
                                + " connects: give --lazy-listen");
            }
            return;
        }
        if (!daemon.isEmpty()) {
            throw new ParameterException(
                    command,
                    "--lazy-listen "
                            + listen
                            + " and -- "
                            + String.join(" ", daemon)
                            + " exclude each other: leave one out");
        }
        if (!listen.isLocal()) {
            throw new ParameterException(
                    command,
                    "--lazy-listen "
                            + listen
                            + " is not a loopback address: pages go to this host's criu only, in"
                            + " plain text; listen on 127.0.0.1");
        }
        if (!unsafeClose) {
            throw new ParameterException(
                    command,
                    "--lazy-listen "
                            + listen
                            + ": criu lazy-pages also sends CLOSE after a failure, which would let the"
                            + " source's tasks end; only its exit code shows the failure, and dest"
                            + " does not see that. Let dest start it, with -- criu lazy-pages ...,"
                            + " or accept the risk with --unsafe-lazy-close");
        }
    }

    /**
     * Returns the factory of daemons for lazy sessions; empty if lazy sessions are disabled.
     *
     * @throws IOException if the address cannot be listened on
     */
    Optional<LazyDaemons> daemons(PosixChildLauncher launcher, CriuProbe.Facts facts)
            throws IOException {
        if (listen != null) {
            return Optional.of(
                    new ListenedDaemons(
                            listen,
                            LocalUsers.onlyOrOwn(users),
                            facts.version(),
                            facts.layout(),
                            LazyOptions::printLazyAddress,
                            refused -> LOG.warn("refused {}", refused)));
        }
        return daemon.isEmpty()
                ? Optional.empty()
                : Optional.of(new ChildDaemons(launcher, daemon, facts.version(), facts.layout()));
    }

    private static void printLazyAddress(Endpoint address) {
        System.out.println("lazy " + address);
        System.out.flush();
    }
}
