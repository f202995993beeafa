package io.pageproxy.source.tunnel;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.async.Reactions;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tunnel.TunnelInitializer;
import java.time.Duration;
import java.util.function.Function;

/** Connects sessions to the destination, and fails those that it does not accept in time. */
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

    /**
     * Connects a session, which fails if that is not possible. Runs on a thread of its own, so that
     * a session can be stopped at once, however long connecting takes.
     */
    public void dial(DialledSession session) {
        Thread dialling = new Thread(() -> connect(session), "dial");
        dialling.setDaemon(true);
        dialling.start();
    }

    private void connect(DialledSession session) {
        try {
            connectOrFail(session);
        } catch (SessionException e) {
            EventLoops.tryExecute(session.loop(), () -> session.fail(e.reason(), e.getMessage()));
        } catch (InterruptedException | RuntimeException | Error e) {
            EventLoops.tryExecute(
                    session.loop(),
                    () ->
                            session.fail(
                                    CloseReason.LOCAL_FAILURE,
                                    "the destination cannot be dialled: " + e));
        }
    }

    private void connectOrFail(DialledSession session) throws InterruptedException {
        EventLoop loop = session.loop();
        Duration timeout = timeouts.handshake();
        TunnelInitializer pipeline =
                new TunnelInitializer(tls, channel -> session, timeouts.peer().toMillis());
        Channel channel = new DestinationDialer(destination, timeout).dial(loop, pipeline);
        Reactions.whenDone(session.report(), () -> closeUnlessUp(session, channel));
        EventLoops.scheduleUnlessDone(
                session.report(), loop, timeout, () -> failUnlessAccepted(session));
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
