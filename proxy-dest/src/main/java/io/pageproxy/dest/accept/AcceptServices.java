package io.pageproxy.dest.accept;

import io.pageproxy.frame.Frame.Probed;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * What the routers of all connections share; thread-safe.
 *
 * @param handshakeTimeout how long a connection may take from its start to its first frame
 * @param probeAnswer what PROBE is answered
 * @param handshakes limits the connections whose peer is not authenticated
 * @param pending limits the connections of authenticated peers that belong to no session
 * @param routes who takes connections over
 * @param migrationsOpen whether the source of any migration may have to connect to end it
 */
public record AcceptServices(
        Duration handshakeTimeout,
        Probed probeAnswer,
        HandshakeLimiter handshakes,
        PendingConnections pending,
        Routes routes,
        BooleanSupplier migrationsOpen) {}
