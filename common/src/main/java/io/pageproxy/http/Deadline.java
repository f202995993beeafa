package io.pageproxy.http;

import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Closes a connection after its lifetime. Confined to the event loop of the connection. */
public final class Deadline {
    private final Channel channel;
    private final Duration lifetime;
    private ScheduledFuture<?> end;

    Deadline(Channel channel, Duration lifetime) {
        this.channel = channel;
        this.lifetime = lifetime;
        restart();
    }

    /** Lets the lifetime begin now. */
    public void restart() {
        stop();
        end =
                channel.eventLoop()
                        .schedule(
                                () -> channel.close(), lifetime.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Lets the connection live until {@link #restart}. */
    public void stop() {
        if (end != null) {
            end.cancel(false);
        }
    }
}
