package io.pageproxy.session;

import java.time.Duration;
import java.util.Optional;

/**
 * How long things may take.
 *
 * @param handshake from the connection to a session that is accepted
 * @param peer how long a peer's silence is borne
 * @param session from the first byte of the stream to its end; empty: for ever
 * @param drain how long a running session may go on when the proxy is told to stop
 */
public record Timeouts(
        Duration handshake, Duration peer, Optional<Duration> session, Duration drain) {

    /** What holds unless told otherwise. */
    public static final Timeouts DEFAULT =
            new Timeouts(
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(15),
                    Optional.empty(),
                    Duration.ofSeconds(30));
}
