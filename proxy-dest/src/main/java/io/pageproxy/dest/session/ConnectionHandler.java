package io.pageproxy.dest.session;

import io.pageproxy.frame.Frame;
import java.util.Optional;

/**
 * Takes over the connections whose first frame is of one type. The router calls it on the
 * connection's event loop.
 *
 * @param <F> the type of the first frame
 */
public interface ConnectionHandler<F extends Frame> {
    /**
     * Takes a connection over, and gives it another listener (see {@link
     * io.pageproxy.tunnel.TunnelHandler#setListener}).
     *
     * @return the session that the connection has begun; empty if it serves a session that has
     *     another connection
     * @throws io.pageproxy.session.SessionException if the peer may not do that; nothing has been
     *     taken then, and the router tells the peer why and closes the connection
     */
    Optional<ServedSession> take(IncomingConnection connection, F first);
}
