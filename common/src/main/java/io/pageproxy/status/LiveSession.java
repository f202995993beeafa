package io.pageproxy.status;

import io.netty.channel.EventLoop;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import java.util.concurrent.CompletableFuture;

/** The view of an active session for the status page. */
public interface LiveSession {
    /** The event loop on which {@link #figures} and {@link #stateName} must be called. */
    EventLoop loop();

    /** Current statistics; call it on the event loop. */
    SessionFigures figures();

    /** Current state as one lower-case word; call it on the event loop. */
    String stateName();

    /** Completes when the session has ended. */
    CompletableFuture<SessionReport> report();
}
