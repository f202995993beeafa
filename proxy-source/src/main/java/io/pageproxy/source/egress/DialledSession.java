package io.pageproxy.source.egress;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.net.Drainable;
import io.pageproxy.net.TunnelListener;
import io.pageproxy.session.SessionReport;
import io.pageproxy.status.LiveSession;
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
