package io.pageproxy.cli.options;

import io.pageproxy.session.Timeouts;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of timeouts. */
public final class TimeoutOptions {
    @Option(
            names = "--handshake-timeout",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            defaultValue = "10s",
            description =
                    "time limit from the connection to an accepted session (default: ${DEFAULT-VALUE})")
    private Duration handshake;

    @Option(
            names = "--peer-timeout",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            defaultValue = "15s",
            description =
                    "consider a peer dead after this time of silence (default: ${DEFAULT-VALUE})")
    private Duration peer;

    @Option(
            names = "--session-timeout",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            description = "time limit from the first page to the end (default: none)")
    private Duration session;

    @Option(
            names = "--drain-timeout",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            defaultValue = "30s",
            description =
                    "how long a session with pages may continue when told to stop"
                            + " (default: ${DEFAULT-VALUE})")
    private Duration drain;

    /** The configured timeouts. */
    public Timeouts timeouts() {
        return new Timeouts(handshake, peer, Optional.ofNullable(session), drain);
    }
}
