package io.pageproxy.cli.options;

import io.pageproxy.session.Timeouts;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of how long things may take. */
public final class TimeoutOptions {
    @Option(
            names = "--handshake-timeout",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            defaultValue = "10s",
            description = "from the connection to an accepted session (default: ${DEFAULT-VALUE})")
    private Duration handshake;

    @Option(
            names = "--peer-timeout",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            defaultValue = "15s",
            description = "a peer that is silent for so long is dead (default: ${DEFAULT-VALUE})")
    private Duration peer;

    @Option(
            names = "--session-timeout",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            description = "from the first page to the end (default: for ever)")
    private Duration session;

    @Option(
            names = "--drain-timeout",
            paramLabel = "TIME",
            converter = Converters.ToDuration.class,
            defaultValue = "30s",
            description =
                    "how long a session that carries pages may go on when told to stop"
                            + " (default: ${DEFAULT-VALUE})")
    private Duration drain;

    /** As asked. */
    public Timeouts timeouts() {
        return new Timeouts(handshake, peer, Optional.ofNullable(session), drain);
    }
}
