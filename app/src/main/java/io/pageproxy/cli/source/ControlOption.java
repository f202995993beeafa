package io.pageproxy.cli.source;

import io.pageproxy.cli.client.ResidentClient;
import io.pageproxy.cli.options.EndpointConverter;
import io.pageproxy.net.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The option of a resident source's socket. */
final class ControlOption {
    @Option(
            names = "--control",
            paramLabel = "unix:PATH",
            converter = EndpointConverter.class,
            description =
                    "the socket of a resident source: give it this as a job; source without"
                            + " --connect is the resident source, and listens there (default for"
                            + " jobs: PAGEPROXY_CONTROL, or else unix:/run/pageproxy/source.socket"
                            + " if one is there, or else no resident source)")
    private Endpoint control;

    /** Runs the parsed command by the resident source, and returns its exit code. */
    static int give(Endpoint.UnixSocket socket, CommandLine command) throws Exception {
        List<String> words = command.getParent().getParseResult().originalArgs();
        List<String> typed = new ArrayList<>();
        boolean behind = false;
        for (String word : words) {
            typed.add(behind && word.startsWith("@@") ? word.substring(1) : word);
            behind |= word.equals("--");
        }
        return ResidentClient.runAt(socket.path(), typed);
    }

    /**
     * The socket, if it is given.
     *
     * @throws ParameterException if the address is none of a socket
     */
    Optional<Endpoint.UnixSocket> socket(CommandLine command) {
        if (control == null) {
            return Optional.empty();
        }
        if (control instanceof Endpoint.UnixSocket unix) {
            return Optional.of(unix);
        }
        throw new ParameterException(
                command,
                "--control "
                        + control
                        + " is no socket of this host: jobs have the rights of the resident"
                        + " source; give unix:PATH");
    }
}
