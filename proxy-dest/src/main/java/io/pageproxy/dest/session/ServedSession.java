package io.pageproxy.dest.session;

import io.netty.channel.EventLoop;
import io.pageproxy.session.Drainable;
import io.pageproxy.session.SessionReport;
import io.pageproxy.status.LiveSession;
import java.util.concurrent.CompletableFuture;

/** A session of any kind, from the hand-over of its connection until it is over. */
public interface ServedSession extends LiveSession, Drainable {
    /** Whether it is the one of a migration's sessions that decides how the migration ends. */
    default boolean decidesMigration() {
        return false;
    }

    /** The event loop that all other methods but {@link #report} and {@link #drain} run on. */
    @Override
    EventLoop loop();

    /** Completes when the session is over and nothing of it is left; any thread. */
    @Override
    CompletableFuture<SessionReport> report();
}
