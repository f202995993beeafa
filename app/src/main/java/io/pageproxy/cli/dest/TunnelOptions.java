package io.pageproxy.cli.dest;

import io.pageproxy.cli.options.EndpointConverter;
import io.pageproxy.cli.options.UserConverter;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import java.io.IOException;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * Options of the listening socket for sources, and of the number of unauthenticated connections.
 */
final class TunnelOptions {
    @Option(
            names = "--listen",
            required = true,
            paramLabel = "ADDR:PORT|unix:PATH",
            converter = EndpointConverter.class,
            description =
                    "where sources connect; port 0: any free port; unix: a socket in a folder,"
                            + " for a forwarder (ssh -R, HAProxy)")
    private Endpoint listen;

    @Option(
            names = "--listen-uid",
            paramLabel = "USER",
            converter = UserConverter.class,
            description =
                    "whose processes may connect to --listen unix:PATH, by number or name"
                            + " (repeatable); others are refused (default: root and the current"
                            + " user)")
    private Set<Integer> users = Set.of();

    @Option(
            names = "--max-handshakes",
            paramLabel = "N",
            defaultValue = "" + DestLimits.DEFAULT_HANDSHAKES,
            description =
                    "maximum number of concurrent unauthenticated connections"
                            + " (default: ${DEFAULT-VALUE})")
    private int maxHandshakes;

    @Option(
            names = "--max-handshakes-per-address",
            paramLabel = "N",
            defaultValue = "" + DestLimits.DEFAULT_HANDSHAKES_PER_ADDRESS,
            description =
                    "maximum number of these per address, or per user of a Unix socket; further ones"
                            + " must wait (default: ${DEFAULT-VALUE})")
    private int maxHandshakesPerAddress;

    Endpoint address() {
        return listen;
    }

    LocalUsers users() throws IOException {
        return LocalUsers.onlyOrOwn(users);
    }

    int maxHandshakes() {
        return maxHandshakes;
    }

    int maxHandshakesPerAddress() {
        return maxHandshakesPerAddress;
    }

    /**
     * Rejects contradictory options.
     *
     * @throws ParameterException with the problem and its remedy
     */
    void validate(CommandLine command) {
        if (listen instanceof Endpoint.Tcp && !users.isEmpty()) {
            throw new ParameterException(
                    command,
                    "--listen-uid is for --listen unix:PATH, and --listen is "
                            + listen
                            + ", where only the certificate identifies a peer: leave it out");
        }
    }
}
