package io.pageproxy.session;

import io.netty.channel.EventLoop;
import io.pageproxy.net.EventLoops;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A session that ends when its proxy is told to stop. */
public interface Drainable {
    /**
     * The event loop on which {@link #streaming}, {@link #idle}, {@link #fail} and {@link #stop}
     * must be called.
     */
    EventLoop loop();

    /** Whether the page stream has started and the session has not ended. */
    boolean streaming();

    /** Whether the session can end now without loss, because nothing depends on it yet. */
    default boolean idle() {
        return !streaming();
    }

    /** Ends the session with a reason; no effect if it has already ended. */
    void fail(CloseReason reason, String message);

    /**
     * Ends the session because its proxy is told to stop, or arranges for it to end as soon as
     * possible.
     */
    default void stop(String message) {
        fail(CloseReason.SHUTDOWN, message);
    }

    /**
     * Ends the session; callable on any thread. A session without pages ends now; one that carries
     * pages may continue for the drain time and then fails. Does nothing if the loop has ended,
     * since it has ended all sessions then.
     */
    default void drain(Duration time) {
        EventLoops.tryExecute(loop(), () -> drainOnLoop(time));
    }

    private void drainOnLoop(Duration time) {
        if (!streaming()) {
            fail(idle() ? CloseReason.STOPPED_IDLE : CloseReason.SHUTDOWN, "told to stop");
        }
        loop().schedule(
                        () -> stop("told to stop, and not done within --drain-timeout"),
                        time.toMillis(),
                        TimeUnit.MILLISECONDS);
    }
}
