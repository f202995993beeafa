package io.pageproxy.net;

import io.netty.channel.EventLoop;
import io.pageproxy.session.CloseReason;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A session that can be brought to its end when its proxy is told to stop. */
public interface Drainable {
    /** Where the other two are to be called. */
    EventLoop loop();

    /** Whether pages have begun to flow, and it is not over. */
    boolean streaming();

    /** Whether nobody loses anything when it ends now: nothing depends on it yet. */
    default boolean idle() {
        return !streaming();
    }

    /** Ends it for that reason; nothing where it is over. */
    void fail(CloseReason reason, String message);

    /** Ends it because its proxy is told to stop, or sees to it that it ends as soon as it may. */
    default void stop(String message) {
        fail(CloseReason.SHUTDOWN, message);
    }

    /**
     * Brings it to its end, from any thread: one without pages ends now, one that carries pages may
     * go on for the drain time and then fails.
     */
    default void drain(Duration time) {
        loop().execute(
                        () -> {
                            if (!streaming()) {
                                fail(
                                        idle() ? CloseReason.STOPPED_IDLE : CloseReason.SHUTDOWN,
                                        "told to stop");
                            }
                        });
        loop().schedule(
                        () -> stop("told to stop, and not done within --drain-timeout"),
                        time.toMillis(),
                        TimeUnit.MILLISECONDS);
    }
}
