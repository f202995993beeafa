package io.pageproxy.source;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.frame.Frame.Probe;
import io.pageproxy.frame.Frame.Probed;
import io.pageproxy.net.Endpoint;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.source.tunnel.PeerQuestion;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for a destination that is not there yet, or is being restarted.
 *
 * @param destination its address
 * @param tls makes the TLS handler of one connection
 * @param loop has the connections
 * @param step limit of each attempt
 * @param agent our program and version
 */
public record DestinationWait(
        Endpoint destination,
        Function<Channel, SslHandler> tls,
        EventLoop loop,
        Duration step,
        String agent) {
    private static final Logger LOG = LoggerFactory.getLogger(DestinationWait.class);

    /** What may be otherwise in a moment. */
    private static final Set<CloseReason> PASSING =
            EnumSet.of(
                    CloseReason.UNREACHABLE,
                    CloseReason.PEER_LOST,
                    CloseReason.PEER_SILENT,
                    CloseReason.SHUTDOWN,
                    CloseReason.STOPPED_IDLE);

    /**
     * Asks until the destination answers, time is over, or it says what waiting does not change;
     * blocks, so not on an event loop. What is wrong then is for the next connection to say.
     *
     * @param stopping is at zero once nobody waits any more
     */
    public void await(Duration atMost, CountDownLatch stopping) throws InterruptedException {
        long endNanos = System.nanoTime() + atMost.toNanos();
        RetryDelay delay = new RetryDelay();
        String said = "";
        while (stopping.getCount() > 0 && System.nanoTime() - endNanos < 0) {
            try {
                new PeerQuestion<>(new Probe(agent), Probed.class)
                        .ask(destination, tls, loop, step);
                return;
            } catch (SessionException e) {
                if (!PASSING.contains(e.reason())) {
                    return;
                }
                if (!said.equals(e.getMessage())) {
                    said = e.getMessage();
                    LOG.info("waits for the destination: {}", said);
                }
            }
            delay.await(stopping, Duration.ofNanos(Math.max(0, endNanos - System.nanoTime())));
        }
    }
}
