package io.pageproxy.source.tunnel;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.session.Drainable;
import io.pageproxy.session.SessionReport;
import io.pageproxy.status.LiveSession;
import io.pageproxy.tunnel.TunnelListener;
import java.util.concurrent.CompletableFuture;

/** A session that begins on a connection to the destination; on its event loop, but for futures. */
public interface DialledSession extends TunnelListener, Drainable, LiveSession {
    /** Completes when the destination has accepted the session; never where it fails before. */
    CompletableFuture<Accept> accepted();

    /** Completes when the session is over, well or not, and its last word to the peer is said. */
    @Override
    CompletableFuture<SessionReport> report();

    /** Whether TLS has come up, so that the session itself closes the connection. */
    boolean hasTunnel();

    /** What the destination has not done yet, while the session is not accepted. */
    default String awaited() {
        return "accept the session";
    }
}
