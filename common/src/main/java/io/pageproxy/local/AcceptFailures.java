package io.pageproxy.local;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.pageproxy.text.FailureText;
import io.pageproxy.text.RepeatedFailure;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles failures to accept a connection, for example because this process has no descriptors
 * left: pauses accepting, and logs the failure at most once in {@link
 * RepeatedFailure#PERIOD_SECONDS} with the number of failures since.
 */
final class AcceptFailures extends ChannelInboundHandlerAdapter {
    private static final long PAUSE_SECONDS = 1;

    private static final Logger LOG = LoggerFactory.getLogger(AcceptFailures.class);

    private final String listener;
    private final RepeatedFailure failure;

    /**
     * @param listener the option and the address of the listening socket, for messages
     */
    AcceptFailures(String listener) {
        this(listener, new RepeatedFailure());
    }

    AcceptFailures(String listener, RepeatedFailure failure) {
        this.listener = listener;
        this.failure = failure;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        log(cause);
        ctx.channel().config().setAutoRead(false);
        ctx.channel()
                .eventLoop()
                .schedule(
                        () -> ctx.channel().config().setAutoRead(true),
                        PAUSE_SECONDS,
                        TimeUnit.SECONDS);
    }

    private void log(Throwable cause) {
        failure.again()
                .ifPresent(
                        before ->
                                LOG.warn(
                                        "{}: a connection cannot be accepted: {}{}",
                                        listener,
                                        FailureText.of(cause),
                                        RepeatedFailure.timesBefore(before)));
    }
}
