package io.pageproxy.status;

import io.netty.channel.EventLoop;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import java.util.concurrent.CompletableFuture;

/** What a session shows of itself while it is under way. */
public interface LiveSession {
    /** Where the other two are to be asked. */
    EventLoop loop();

    /** How far it is; on its event loop. */
    SessionFigures figures();

    /** Where it stands, one lower-case word; on its event loop. */
    String stateName();

    /** Completes when it is over. */
    CompletableFuture<SessionReport> report();
}
