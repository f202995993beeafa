package io.pageproxy.source;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.codec.Compressors;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.local.LocalAddress;
import io.pageproxy.local.LocalClient;
import io.pageproxy.local.LocalPort;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.TunnelInitializer;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Progress;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.egress.DestinationDialer;
import io.pageproxy.source.egress.LaneDialer;
import io.pageproxy.source.ingress.DumperChild;
import io.pageproxy.source.ingress.DumperInitializer;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Runs sessions one after the other: first the destination accepts, then a dumper may come, so that
 * a refusal is heard before anything is frozen.
 */
public final class SourceProxy implements AutoCloseable {
    private static final LocalClient DUMPER = new LocalClient("dumper", "--listen", "--dumper-uid");
    private static final Duration FIRST_RETRY = Duration.ofMillis(500);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(10);

    private final SourceConfig config;
    private final Function<Channel, SslHandler> tls;
    private final ChildLauncher launcher;
    private final SourceObserver observer;
    private final EventLoopGroup group;
    private final LaneDialer laneDialer;
    private final Compressors compressors =
            new Compressors(ByteBufAllocator.DEFAULT, Runtime.getRuntime().availableProcessors());
    private final CountDownLatch stopping = new CountDownLatch(1);

    private volatile SourceSession current;
    private Optional<LocalAddress> boundAddress = Optional.empty();
    private Optional<SentSessions> sent = Optional.empty();
    private Optional<String> lastGood = Optional.empty();
    private int exitCode;

    /**
     * A proxy that does not run yet.
     *
     * @param tls makes the TLS handler of one connection
     * @param launcher starts the dumper where we do that
     */
    public SourceProxy(
            SourceConfig config,
            Function<Channel, SslHandler> tls,
            ChildLauncher launcher,
            SourceObserver observer) {
        this.config = config;
        this.tls = tls;
        this.launcher = launcher;
        this.observer = observer;
        this.group = EventLoops.create("source", config.eventLoops());
        this.laneDialer = new LaneDialer(group, tls, config.timeouts());
    }

    /**
     * Runs until it is told to stop, or until the one session of {@code once} or of a dumper that
     * we started is over; blocks.
     *
     * <p>A destination that has never accepted a session is an error; one that did is dialled
     * again, since it may be restarting.
     *
     * @return the exit code: 0 where every session was good, else the first bad one's
     */
    public int run() throws InterruptedException {
        boolean everAccepted = false;
        Duration retry = FIRST_RETRY;
        for (int number = 1; !isStopping(); number++) {
            Round round = runRound(number);
            everAccepted |= round.accepted();
            if (config.once() || config.startsDumper() || !everAccepted || round.hopeless()) {
                return round.exitCode();
            }
            exitCode = exitCode == 0 && round.accepted() ? round.exitCode() : exitCode;
            if (round.carried()) {
                retry = FIRST_RETRY;
            } else {
                number--;
                stopping.await(retry.toMillis(), TimeUnit.MILLISECONDS);
                retry = longer(retry);
            }
        }
        return exitCode;
    }

    private static Duration longer(Duration retry) {
        Duration twice = retry.multipliedBy(2);
        return twice.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : twice;
    }

    /**
     * What came of one session.
     *
     * @param accepted whether the destination took it
     * @param carried whether a dumper came
     * @param hopeless whether the next one would fail alike, since this host is at fault
     */
    private record Round(boolean accepted, boolean carried, boolean hopeless, int exitCode) {}

    private Round runRound(int number) throws InterruptedException {
        SourceSession session =
                new SourceSession(plan(number), group.next(), laneDialer, compressors);
        current = session;
        session.report().thenAccept(observer::onStreamOver);
        if (isStopping()) {
            session.drain(config.timeouts().drain());
        }
        try {
            dial(session);
            Optional<ExitStatus> dumper = serveDumper(session);
            SessionReport report = session.report().join();
            if (session.accepted().isDone()) {
                sent = session.sent();
            }
            if (report.outcome().good()) {
                lastGood = report.session();
            }
            observer.onSessionOver(report);
            int code = report.outcome().reason().exitCode();
            if (isIdleStop(report)) {
                code = 0;
            } else if (report.outcome().good() && dumper.isPresent()) {
                code = dumper.get().shellCode();
            }
            return new Round(
                    session.accepted().isDone(),
                    report.totals().records() > 0,
                    report.outcome().reason() == CloseReason.LOCAL_FAILURE
                            && report.outcome().side() == Side.SOURCE,
                    code);
        } finally {
            current = null;
        }
    }

    private SessionPlan plan(int number) {
        boolean inChain = config.parent().equals(Optional.of(SourceConfig.LAST_SESSION));
        Hello hello =
                new Hello(
                        config.agent(),
                        config.host(),
                        config.session().map(name -> name.replace("{n}", "" + number)),
                        inChain ? lastGood : config.parent(),
                        config.timeouts().peer().toMillis(),
                        config.lanes(),
                        sent.map(SentSessions::pageCount).orElse(0L));
        return new SessionPlan(
                config.connect(),
                hello,
                config.codec(),
                config.pageWindowBytes(),
                sent,
                inChain,
                config.timeouts().session());
    }

    private void dial(SourceSession session) throws InterruptedException {
        EventLoop loop = session.loop();
        TunnelInitializer pipeline =
                new TunnelInitializer(tls, channel -> session, config.timeouts().peer().toMillis());
        try {
            Channel channel =
                    new DestinationDialer(config.connect(), config.timeouts().handshake())
                            .dial(loop, pipeline);
            session.report().thenRun(() -> closeUnlessUp(session, channel));
            loop.schedule(
                    () -> failUnlessAccepted(session),
                    config.timeouts().handshake().toMillis(),
                    TimeUnit.MILLISECONDS);
        } catch (SessionException e) {
            loop.execute(() -> session.fail(e.reason(), e.getMessage()));
        }
        CompletableFuture.anyOf(session.accepted(), session.report()).join();
    }

    private static void closeUnlessUp(SourceSession session, Channel channel) {
        if (!session.hasTunnel()) {
            channel.close();
        }
    }

    private void failUnlessAccepted(SourceSession session) {
        if (!session.accepted().isDone()) {
            session.fail(
                    CloseReason.PEER_SILENT,
                    "the destination did not "
                            + session.awaited()
                            + " within --handshake-timeout "
                            + config.timeouts().handshake().toSeconds()
                            + "s");
        }
    }

    private Optional<ExitStatus> serveDumper(SourceSession session) throws InterruptedException {
        if (!session.accepted().isDone()) {
            return Optional.empty();
        }
        Accept accept = session.accepted().join();
        observer.onAccepted(accept);
        DumperInitializer pipeline =
                new DumperInitializer(
                        config.host().pageSizeBytes(),
                        accept.earlierPages(),
                        config.blockBytes(),
                        session,
                        session::onDumper,
                        config.timeouts().peer());
        try {
            if (config.startsDumper()) {
                return Optional.of(
                        DumperChild.start(launcher, config.dumper(), session.loop(), pipeline)
                                .await());
            }
            LocalAddress wanted = boundAddress.orElse(config.listen().orElseThrow());
            try (LocalPort port =
                    LocalPort.open(
                            wanted,
                            DUMPER,
                            config.dumperUsers(),
                            session.loop(),
                            pipeline,
                            observer::onDumperRefused)) {
                boundAddress = Optional.of(port.address());
                observer.onListening(port.address());
                session.report().join();
            }
        } catch (IOException e) {
            session.loop().execute(() -> session.fail(CloseReason.LOCAL_FAILURE, e.getMessage()));
        }
        return Optional.empty();
    }

    /** Whether the session was waiting for a dumper when the proxy was told to stop. */
    private static boolean isIdleStop(SessionReport report) {
        return report.outcome().reason() == CloseReason.SHUTDOWN && report.totals().records() == 0;
    }

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }

    /**
     * Tells it to stop, from any thread: no new session; one that waits for a dumper ends now, one
     * that carries pages may go on for the drain time and then fails.
     */
    public void stop() {
        stopping.countDown();
        SourceSession session = current;
        if (session != null) {
            session.drain(config.timeouts().drain());
        }
    }

    /** How far the running session is; empty where none runs. May be called from any thread. */
    public Optional<Progress> progress() {
        SourceSession session = current;
        if (session == null || group.isShuttingDown()) {
            return Optional.empty();
        }
        return Optional.of(CompletableFuture.supplyAsync(session::progress, session.loop()).join());
    }

    /** Ends its threads, after {@link #run} has returned; what is still to be said is said. */
    @Override
    public void close() {
        sent.ifPresent(earlier -> earlier.pages().close());
        compressors.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
