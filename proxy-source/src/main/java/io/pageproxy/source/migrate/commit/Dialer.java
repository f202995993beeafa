package io.pageproxy.source.migrate.commit;

import io.pageproxy.tunnel.TunnelListener;
import java.time.Duration;

/** Makes the connections of a migration besides those of its pages. */
@FunctionalInterface
public interface Dialer extends AutoCloseable {
    /**
     * Makes a connection; blocks until TLS is under way.
     *
     * @param listener receives its events
     * @param timeout how long one address may take to connect
     * @throws io.pageproxy.session.SessionException if the destination cannot be reached
     */
    void dial(TunnelListener listener, Duration timeout) throws InterruptedException;

    /** Closes what is still open. */
    @Override
    default void close() {}
}
