package io.pageproxy.source.tunnel;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.session.Drainable;
import io.pageproxy.session.SessionReport;
import io.pageproxy.tunnel.TunnelListener;
import java.util.concurrent.CompletableFuture;

/** A session that begins on a connection to the destination. Called on its event loop. */
public interface DialledSession extends TunnelListener, Drainable {
    /** Completes when the destination has accepted the session; never if it fails before. */
    CompletableFuture<Accept> accepted();

    /** Completes when the session is over and the last frame to the destination is sent. */
    CompletableFuture<SessionReport> report();

    /** Whether TLS is up, so that the session itself closes the connection. */
    boolean hasTunnel();

    /** What the destination has still to do, while the session is not accepted. */
    default String awaited() {
        return "accept the session";
    }
}
