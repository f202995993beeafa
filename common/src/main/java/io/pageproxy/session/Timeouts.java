package io.pageproxy.session;

import java.time.Duration;
import java.util.Optional;

/**
 * Timeouts of sessions.
 *
 * @param handshake from the connection to the acceptance of a session
 * @param peer how long the peer may be silent
 * @param session from the first byte of the stream to its end; empty for no limit
 * @param drain how long an active session may continue after the proxy is told to stop
 */
public record Timeouts(
        Duration handshake, Duration peer, Optional<Duration> session, Duration drain) {

    /** Defaults. */
    public static final Timeouts DEFAULT =
            new Timeouts(
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(15),
                    Optional.empty(),
                    Duration.ofSeconds(30));
}
