package io.pageproxy.cli.source;

import io.pageproxy.cli.WorkingDirectory;
import io.pageproxy.cli.options.DestinationName;
import io.pageproxy.cli.options.EndpointConverter;
import io.pageproxy.net.Endpoint;
import io.pageproxy.peer.PeerPolicy;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options that select and identify the destination. */
final class DestinationOptions {
    @Option(
            names = "--connect",
            paramLabel = "HOST:PORT|unix:PATH",
            converter = EndpointConverter.class,
            description =
                    "the destination; unix: the socket of a forwarder to it (ssh -L, HAProxy),"
                            + " with --verify-name or --allow-*")
    private Endpoint connect;

    @Option(
            names = "--verify-name",
            paramLabel = "NAME",
            description = "the name in the destination's certificate if it differs from --connect")
    private String verifyName;

    /** Its address and name; the path of a socket is one that this process can use. */
    DestinationName name(WorkingDirectory directory) {
        return new DestinationName(directory.resolve(connect), Optional.ofNullable(verifyName));
    }

    /** Whether there is one. */
    boolean given() {
        return connect != null;
    }

    /**
     * Rejects an invalid destination, or one without an identity to check.
     *
     * @throws ParameterException with the problem and its remedy
     */
    void validate(CommandLine command, PeerPolicy policy) {
        if (!given()) {
            throw new ParameterException(
                    command, "Missing required option: '--connect=HOST:PORT|unix:PATH'");
        }
        name(WorkingDirectory.OF_PROCESS).validate(command, policy);
    }
}
