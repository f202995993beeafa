package io.pageproxy.source.egress;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.TunnelInitializer;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Timeouts;
import java.time.Duration;
import java.util.function.Function;

/** Connects sessions to the destination, and ends those that it does not accept in time. */
public final class SessionDialer {
    private final Endpoint destination;
    private final Timeouts timeouts;
    private final Function<Channel, SslHandler> tls;

    /**
     * A dialer for one destination.
     *
     * @param tls makes the TLS handler of one connection
     */
    public SessionDialer(
            Endpoint destination, Timeouts timeouts, Function<Channel, SslHandler> tls) {
        this.destination = destination;
        this.timeouts = timeouts;
        this.tls = tls;
    }

    /** Connects one, which fails where that cannot be; blocks, so not on an event loop. */
    public void dial(DialledSession session) throws InterruptedException {
        EventLoop loop = session.loop();
        Duration patience = timeouts.handshake();
        TunnelInitializer pipeline =
                new TunnelInitializer(tls, channel -> session, timeouts.peer().toMillis());
        try {
            Channel channel = new DestinationDialer(destination, patience).dial(loop, pipeline);
            session.report().thenRun(() -> closeUnlessUp(session, channel));
            EventLoops.unlessOver(
                    session.report(), loop, patience, () -> failUnlessAccepted(session));
        } catch (SessionException e) {
            loop.execute(() -> session.fail(e.reason(), e.getMessage()));
        }
    }

    private static void closeUnlessUp(DialledSession session, Channel channel) {
        if (!session.hasTunnel()) {
            channel.close();
        }
    }

    private void failUnlessAccepted(DialledSession session) {
        if (!session.accepted().isDone()) {
            session.fail(
                    CloseReason.PEER_SILENT,
                    "the destination did not "
                            + session.awaited()
                            + " within --handshake-timeout "
                            + timeouts.handshake().toSeconds()
                            + "s");
        }
    }
}
