package io.pageproxy.dest;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pageproxy.async.Reactions;
import io.pageproxy.codec.NativeCodecs;
import io.pageproxy.dest.ingress.TunnelPort;
import io.pageproxy.dest.lazy.LazyDaemons;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionReport;
import io.pageproxy.tunnel.TunnelInitializer;
import io.pageproxy.tunnel.TunnelListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves sessions, many at a time, until it is told to stop. */
public final class DestProxy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DestProxy.class);

    private final DestConfig config;
    private final Function<Channel, SslHandler> tls;
    private final DestObserver observer;
    private final EventLoopGroup group;
    private final ExecutorService workers =
            Executors.newCachedThreadPool(new DefaultThreadFactory("images", true));
    private final DestServices services;

    /** Each with the future that completes when its end has been counted. */
    private final Map<DestSession, CompletableFuture<Void>> sessions = new ConcurrentHashMap<>();

    private final CountDownLatch stopping = new CountDownLatch(1);

    private int exitCode;

    /** One without lazy sessions. */
    public DestProxy(
            DestConfig config,
            EventLoopGroup group,
            Function<Channel, SslHandler> tls,
            PageServers pageServers,
            SessionPolicy policy,
            DestObserver observer) {
        this(config, group, tls, pageServers, policy, Optional.empty(), Restores.NONE, observer);
    }

    /**
     * A proxy that does not serve yet.
     *
     * @param group its event loops; closed with it
     * @param tls makes the TLS handler of one connection
     * @param policy what a session may do beyond what the configuration says
     * @param lazy starts the daemons of lazy sessions; empty: there are none
     * @param restores restores trees where that is allowed
     */
    public DestProxy(
            DestConfig config,
            EventLoopGroup group,
            Function<Channel, SslHandler> tls,
            PageServers pageServers,
            SessionPolicy policy,
            Optional<LazyDaemons> lazy,
            Restores restores,
            DestObserver observer) {
        this.config = config;
        this.group = group;
        this.tls = tls;
        this.observer = observer;
        this.services = DestServices.of(config, pageServers, policy, lazy, restores, workers);
    }

    /** As many event loops as there are processors. */
    public static EventLoopGroup newEventLoops() {
        NativeCodecs.load();
        return EventLoops.create("dest", Runtime.getRuntime().availableProcessors());
    }

    /**
     * Serves until it is told to stop, or until the one session of {@code once} is over; blocks.
     *
     * @return the exit code: 0 where every session was good, else the first bad one's
     * @throws IOException where the port cannot be listened on
     */
    public int run() throws IOException, InterruptedException {
        TunnelInitializer pipeline =
                TunnelInitializer.awaitingGreetings(
                        tls, this::newSession, config.timeouts().peer().toMillis());
        try (TunnelPort port =
                TunnelPort.open(
                        config.listen(),
                        config.users(),
                        group,
                        config.timeouts().peer(),
                        pipeline,
                        observer::onUserRefused)) {
            observer.onListening(port.address());
            stopping.await();
            sessions.keySet().forEach(session -> session.drain(config.timeouts().drain()));
            // Sources whose connection broke have to end their migrations on others.
            services.migrations().awaitEnded();
        }
        // Those that came in for that and said nothing are of no use any more.
        sessions.keySet().forEach(session -> session.drain(config.timeouts().drain()));
        sessions.values().forEach(CompletableFuture::join);
        synchronized (this) {
            return exitCode;
        }
    }

    private TunnelListener newSession(Channel channel) {
        services.handshakes().begin(channel);
        DestSession session = new DestSession(services, channel.eventLoop(), addressOf(channel));
        CompletableFuture<Void> counted = new CompletableFuture<>();
        Reactions.when(
                session.report(),
                report -> {
                    if (report.outcome().reason() != CloseReason.JOINED) {
                        channel.close();
                        onOver(report);
                    } // Else the connection is another session's now.
                    counted.complete(null);
                },
                fault -> {
                    onFault(fault);
                    counted.complete(null);
                });
        Reactions.when(
                session.admitted(), admitted -> observer.onSessionBegins(session), this::onFault);
        sessions.put(session, counted);
        Reactions.whenDone(counted, () -> sessions.remove(session));
        if (stopping.getCount() == 0) {
            session.drain(config.timeouts().drain());
        }
        return session;
    }

    private void onFault(Throwable fault) {
        LOG.error("a fault of pageproxy's own, please report it", fault);
        synchronized (this) {
            exitCode = exitCode == 0 ? CloseReason.LOCAL_FAILURE.exitCode() : exitCode;
        }
    }

    private static String addressOf(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress tcp
                ? HostPort.of(tcp).toString()
                : LocalUsers.describe(channel);
    }

    private void onOver(SessionReport report) {
        if (report.outcome().reason() == CloseReason.PROBED) {
            observer.onProbed(report.peerName().orElseThrow());
            return;
        }
        if (!counts(report)) {
            observer.onStranger(report);
            return;
        }
        observer.onSessionOver(report);
        if (config.once() || !report.stoppedByPeer()) {
            synchronized (this) {
                exitCode = exitCode == 0 ? report.exitCode() : exitCode;
            }
        } // Else a source that stays was stopped before it had anything to bring.
        if (config.once() && !services.migrations().anyRunning()) {
            stopping.countDown(); // Else it was a part of a migration, which is the one.
        }
    }

    /**
     * Whether that was a session. A peer that was authenticated had one. One that was not counts
     * only as the refusal, by either end, that {@code once} waits for too; what merely knocks at
     * the port changes nothing.
     */
    private boolean counts(SessionReport report) {
        CloseReason reason = report.outcome().reason();
        return report.peer().isPresent()
                || (config.once()
                        && (reason == CloseReason.PEER_NOT_TRUSTED
                                || reason == CloseReason.REFUSED_BY_PEER));
    }

    /**
     * Tells it to stop, from any thread: no new session; one without pages ends now, one that
     * carries pages may go on for the drain time and then fails.
     */
    public void stop() {
        stopping.countDown();
    }

    /** Ends its threads, after {@link #run} has returned. */
    @Override
    public void close() {
        workers.shutdown();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
