package io.pageproxy.source.lazy;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.async.Reactions;
import io.pageproxy.net.EventLoops;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.SessionEnd;
import io.pageproxy.source.tunnel.SessionDialer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Runs one lazy session: the destination accepts before the dump may begin. */
public final class LazySource implements LazySourceProxy.Session {
    private final LazyConfig config;
    private final Function<Channel, SslHandler> tls;
    private final LazyObserver observer;
    private final LazySession session;

    /**
     * A session that does not run yet.
     *
     * @param tls makes the TLS handler of the connection
     * @param loop its event loop, which outlives it
     */
    public LazySource(
            LazyConfig config,
            Function<Channel, SslHandler> tls,
            EventLoop loop,
            LazyObserver observer) {
        this.config = config;
        this.tls = tls;
        this.observer = observer;
        this.session = new LazySession(config, loop, new LazyDumperDialer(config.lazyPages()));
    }

    /** Runs the session to its end; blocks. */
    @Override
    public SessionEnd run() throws InterruptedException {
        observer.onSessionBegins(session);
        new SessionDialer(config.connect(), config.timeouts(), tls).dial(session);
        CompletableFuture.anyOf(session.accepted(), session.report()).join();
        if (session.accepted().isDone()) {
            observer.onReady(session.accepted().join());
            Reactions.when(session.hasDumper(), there -> observer.onServing(), this::onFault);
            Reactions.when(session.allDelivered(), done -> observer.onAllThere(), this::onFault);
        }
        SessionReport report = session.report().join();
        observer.onSessionOver(report);
        return new SessionEnd(session.accepted().isDone(), report, Optional.empty());
    }

    private void onFault(Throwable fault) {
        fail(CloseReason.LOCAL_FAILURE, "internal error of pageproxy: " + fault);
    }

    /**
     * Stops the session; any thread. It ends now if it waits for CRIU; else it fails unless it ends
     * within the drain timeout.
     */
    @Override
    public void stop() {
        session.drain(config.timeouts().drain());
    }

    /** Current statistics of the session; empty if it does not run. Any thread. */
    public List<SessionFigures> progress() {
        if (session.loop().isShuttingDown() || session.report().isDone()) {
            return List.of();
        }
        return List.of(CompletableFuture.supplyAsync(session::figures, session.loop()).join());
    }

    /** Fails the session unless it is over; any thread. */
    public void fail(CloseReason reason, String message) {
        EventLoops.tryExecute(session.loop(), () -> session.fail(reason, message));
    }
}
