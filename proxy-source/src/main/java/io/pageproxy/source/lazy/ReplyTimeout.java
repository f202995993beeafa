package io.pageproxy.source.lazy;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Notices that CRIU owes replies and sends nothing: without the pages the tasks on both hosts would
 * stand forever. Used on the session's event loop.
 */
final class ReplyTimeout {
    private final EventLoop loop;
    private final Duration timeout;
    private final LongSupplier receivedBytes;
    private final Listener listener;
    private boolean watching;

    /** The session that awaits replies. */
    interface Listener {
        /** Whether CRIU still owes something. */
        boolean awaitsReply();

        /** CRIU sent nothing for the timeout; returns whether to go on waiting. */
        boolean onSilence();
    }

    /**
     * A timeout that does not run yet.
     *
     * @param receivedBytes how much CRIU has sent so far
     */
    ReplyTimeout(EventLoop loop, Duration timeout, LongSupplier receivedBytes, Listener listener) {
        this.loop = loop;
        this.timeout = timeout;
        this.receivedBytes = receivedBytes;
        this.listener = listener;
    }

    /** Watches until nothing is owed; does nothing if it watches already. */
    void watch() {
        if (!watching) {
            watching = true;
            long before = receivedBytes.getAsLong();
            loop.schedule(() -> check(before), timeout.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void check(long before) {
        watching = false;
        boolean silent = receivedBytes.getAsLong() == before;
        if (listener.awaitsReply() && (!silent || listener.onSilence())) {
            watch();
        }
    }
}
