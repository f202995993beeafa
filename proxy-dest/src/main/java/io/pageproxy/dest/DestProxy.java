package io.pageproxy.dest;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pageproxy.async.Reactions;
import io.pageproxy.codec.NativeCodecs;
import io.pageproxy.dest.accept.AcceptServices;
import io.pageproxy.dest.accept.PeerConnection;
import io.pageproxy.dest.accept.TunnelPort;
import io.pageproxy.dest.lazy.LazyDaemons;
import io.pageproxy.dest.migrate.MigrationRegistry;
import io.pageproxy.dest.migrate.MigrationServices;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.dest.sync.SyncServices;
import io.pageproxy.hook.Hooks;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Drainable;
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
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Destination proxy: serves concurrent sessions until it is told to stop. */
public final class DestProxy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DestProxy.class);

    private final DestConfig config;
    private final Function<Channel, SslHandler> tls;
    private final DestObserver observer;
    private final EventLoopGroup group;
    private final ExecutorService workers =
            Executors.newCachedThreadPool(new DefaultThreadFactory("images", true));
    private final MigrationServices migrations;
    private final AcceptServices accept;

    /** Connections without a session, and sessions; each with the future of its counted end. */
    private final Map<Drainable, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

    private final MigrationEvents events = new MigrationEvents();
    private final CountDownLatch stopping = new CountDownLatch(1);

    private int exitCode;

    /** Creates a destination without lazy sessions, restores and hooks. */
    public DestProxy(
            DestConfig config,
            EventLoopGroup group,
            Function<Channel, SslHandler> tls,
            PageServers pageServers,
            SessionPolicy policy,
            DestObserver observer) {
        this(
                config,
                group,
                tls,
                pageServers,
                policy,
                Optional.empty(),
                Restores.NONE,
                Hooks.NONE,
                SyncServices.NONE,
                observer);
    }

    /**
     * Creates a destination that does not serve yet.
     *
     * @param group its event loops, which it closes
     * @param tls makes the TLS handler of one connection
     * @param policy what each peer may do within the configuration
     * @param lazy starts the daemons of lazy sessions; empty if lazy sessions are disabled
     * @param restores restores trees, if that is allowed
     * @param hooks of migrations with a restore
     * @param sync copies files of migrations
     */
    public DestProxy(
            DestConfig config,
            EventLoopGroup group,
            Function<Channel, SslHandler> tls,
            PageServers pageServers,
            SessionPolicy policy,
            Optional<LazyDaemons> lazy,
            Restores restores,
            Hooks hooks,
            SyncServices sync,
            DestObserver observer) {
        this.config = config;
        this.group = group;
        this.tls = tls;
        this.observer = observer;
        this.migrations =
                new MigrationServices(
                        config,
                        policy,
                        restores,
                        hooks,
                        new MigrationRegistry(
                                config.limits().sessions(), config.limits().migrationsPerPeer()),
                        workers,
                        sync);
        this.accept = Wiring.of(pageServers, lazy, migrations);
    }

    /** One event loop per processor. */
    public static EventLoopGroup newEventLoops() {
        NativeCodecs.load();
        return EventLoops.create("dest", Runtime.getRuntime().availableProcessors());
    }

    /**
     * Serves until it is told to stop, or until the one session of {@code once} is over; blocks.
     *
     * @return the exit code: 0 if every session succeeded, otherwise that of the first failure
     * @throws IOException if the port cannot be listened on
     */
    public int run() throws IOException, InterruptedException {
        TunnelInitializer pipeline =
                TunnelInitializer.awaitingGreetings(
                        tls, this::newConnection, config.timeouts().peer().toMillis());
        try (RetentionTimer retention = new RetentionTimer(config);
                TunnelPort port =
                        TunnelPort.open(
                                config.listen(),
                                config.users(),
                                group,
                                config.timeouts().peer(),
                                pipeline,
                                observer::onUserRefused)) {
            retention.start();
            observer.onListening(port.address());
            stopping.await();
            drainAll();
            // The port stays open for sources whose connection broke before their migration ended.
            migrations.registry().awaitEnded();
        }
        // Connections that were accepted for this purpose but sent nothing are now useless.
        drainAll();
        while (!underWay.isEmpty()) {
            underWay.values().forEach(CompletableFuture::join);
        }
        synchronized (this) {
            return exitCode;
        }
    }

    private void drainAll() {
        underWay.keySet().forEach(each -> each.drain(config.timeouts().drain()));
    }

    private TunnelListener newConnection(Channel channel) {
        accept.handshakes().begin(channel);
        PeerConnection connection =
                new PeerConnection(
                        accept,
                        channel.eventLoop(),
                        new SessionFacts(addressOf(channel), config.host().pageSizeBytes()),
                        session -> onSession(session, channel));
        track(
                connection,
                connection.done(),
                without -> without.ifPresent(report -> onOver(report, channel)));
        return connection;
    }

    private void onSession(ServedSession session, Channel channel) {
        events.begins(session);
        observer.onSessionBegins(session);
        track(session, session.report(), report -> onSessionOver(session, report, channel));
    }

    /** The end of each is counted before the destination returns its exit code. */
    private <T> void track(Drainable each, CompletableFuture<T> end, Consumer<T> onEnd) {
        CompletableFuture<Void> counted = new CompletableFuture<>();
        underWay.put(each, counted);
        Reactions.whenDone(counted, () -> underWay.remove(each));
        Reactions.when(
                end,
                value -> {
                    onEnd.accept(value);
                    counted.complete(null);
                },
                fault -> {
                    onFault(fault);
                    counted.complete(null);
                });
        if (stopping.getCount() == 0) {
            each.drain(config.timeouts().drain());
        }
    }

    private void onFault(Throwable fault) {
        LOG.error("internal error, please report it", fault);
        synchronized (this) {
            exitCode = exitCode == 0 ? CloseReason.LOCAL_FAILURE.exitCode() : exitCode;
        }
    }

    private static String addressOf(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress tcp
                ? HostPort.of(tcp).toString()
                : LocalUsers.describe(channel);
    }

    private void onSessionOver(ServedSession session, SessionReport report, Channel channel) {
        channel.close();
        events.ended(session, report).ifPresent(observer::onSessionOver);
        count(report);
    }

    private void onOver(SessionReport report, Channel channel) {
        channel.close();
        if (report.outcome().reason() == CloseReason.PROBED) {
            observer.onProbed(report.peerName().orElseThrow());
            return;
        }
        if (!counts(report)) {
            observer.onStranger(report);
            return;
        }
        observer.onSessionOver(report);
        count(report);
    }

    private void count(SessionReport report) {
        if (config.once() || !report.stoppedByPeer()) {
            synchronized (this) {
                exitCode = exitCode == 0 ? report.exitCode() : exitCode;
            }
        } // Otherwise a source that serves many sessions was stopped before it had a dump.
        if (config.once() && !migrations.registry().anyRunning()) {
            stopping.countDown(); // Otherwise it was a part of a migration, which is the one.
        }
    }

    /**
     * Whether that connection counts as a session. It does if its peer was authenticated. Otherwise
     * only a refusal by either side counts, and only for {@code once}, which waits for that too.
     */
    private boolean counts(SessionReport report) {
        CloseReason reason = report.outcome().reason();
        return report.peer().isPresent()
                || (config.once()
                        && (reason == CloseReason.PEER_NOT_TRUSTED
                                || reason == CloseReason.REFUSED_BY_PEER));
    }

    /**
     * Tells it to stop, on any thread: it accepts no new session; sessions without pages end now,
     * sessions that carry pages may go on for the drain time and then fail.
     */
    public void stop() {
        stopping.countDown();
    }

    /** Stops its threads, after {@link #run} has returned. */
    @Override
    public void close() {
        workers.shutdown();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
