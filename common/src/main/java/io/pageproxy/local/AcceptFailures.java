package io.pageproxy.local;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.pageproxy.text.FailureText;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles connections that cannot be accepted, as where this process has no descriptors left: waits
 * before it tries again, and says so once in {@link #PERIOD_SECONDS}, with how often it failed.
 */
final class AcceptFailures extends ChannelInboundHandlerAdapter {
    static final long PERIOD_SECONDS = 10;
    private static final long PAUSE_SECONDS = 1;

    private static final Logger LOG = LoggerFactory.getLogger(AcceptFailures.class);

    private final String listener;
    private final LongSupplier nanoClock;
    private boolean told;
    private long toldNanos;
    private long untold;

    /**
     * @param listener the option and address of the socket that accepts
     */
    AcceptFailures(String listener) {
        this(listener, System::nanoTime);
    }

    AcceptFailures(String listener, LongSupplier nanoClock) {
        this.listener = listener;
        this.nanoClock = nanoClock;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        tell(cause);
        ctx.channel().config().setAutoRead(false);
        ctx.channel()
                .eventLoop()
                .schedule(
                        () -> ctx.channel().config().setAutoRead(true),
                        PAUSE_SECONDS,
                        TimeUnit.SECONDS);
    }

    private void tell(Throwable cause) {
        long now = nanoClock.getAsLong();
        if (told && now - toldNanos < TimeUnit.SECONDS.toNanos(PERIOD_SECONDS)) {
            untold++;
            return;
        }
        LOG.warn(
                "{}: a connection cannot be accepted: {}{}",
                listener,
                FailureText.of(cause),
                untold == 0 ? "" : " (and " + untold + " times before)");
        told = true;
        toldNanos = now;
        untold = 0;
    }
}
