package io.pageproxy.source;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pageproxy.async.Reactions;
import io.pageproxy.codec.Compressors;
import io.pageproxy.codec.NativeCodecs;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.local.LocalClient;
import io.pageproxy.local.LocalPort;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Progress;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.adaptive.SharedLink;
import io.pageproxy.source.dumper.Dumper;
import io.pageproxy.source.dumper.DumperChild;
import io.pageproxy.source.dumper.DumperInitializer;
import io.pageproxy.source.dumper.KeptDumpers;
import io.pageproxy.source.tunnel.LaneDialer;
import io.pageproxy.source.tunnel.SessionDialer;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Runs sessions, one after the other or several at a time: first the destination accepts, then a
 * dumper may come, so that a refusal is heard before anything is frozen. When it has come, the next
 * session may be begun.
 */
public final class SourceProxy implements AutoCloseable {
    private static final LocalClient DUMPER = new LocalClient("dumper", "--listen", "--dumper-uid");
    private static final Duration FIRST_RETRY = Duration.ofMillis(500);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(10);

    private final SourceConfig config;
    private final ChildLauncher launcher;
    private final SourceObserver observer;
    private final EventLoopGroup group;
    private final SessionDialer sessionDialer;
    private final LaneDialer laneDialer;
    private final Compressors compressors =
            new Compressors(ByteBufAllocator.DEFAULT, Runtime.getRuntime().availableProcessors());
    private final SharedLink link = new SharedLink();
    private final CountDownLatch stopping = new CountDownLatch(1);

    private final Set<SourceSession> running = ConcurrentHashMap.newKeySet();
    private final ExecutorService ends =
            Executors.newSingleThreadExecutor(new DefaultThreadFactory("sessions", true));
    private final SessionNumbers numbers = new SessionNumbers();
    private final Semaphore slots;
    private final KeptDumpers kept;

    private Optional<Endpoint> boundAddress = Optional.empty();
    private boolean everAccepted;

    // What a session leaves to the next one; its slot passes it on.
    private Optional<SentSessions> sent = Optional.empty();
    private Optional<String> lastGood = Optional.empty();
    private int exitCode;

    /** What the observer could not cope with; ends the proxy. */
    private volatile RuntimeException failure;

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
        this.launcher = launcher;
        this.observer = observer;
        NativeCodecs.load();
        this.group = EventLoops.create("source", config.eventLoops());
        this.slots = new Semaphore(config.sessions());
        this.sessionDialer = new SessionDialer(config.connect(), config.timeouts(), tls);
        this.laneDialer = new LaneDialer(group, tls, config.timeouts());
        this.kept =
                new KeptDumpers(
                        config.port().map(DumperPort::idle).orElse(DumperPort.DEFAULT_IDLE),
                        config.timeouts().handshake(),
                        observer::onDumperGivenUp);
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
        Duration retry = FIRST_RETRY;
        for (slots.acquire(); !isStopping(); slots.acquire()) {
            int number = numbers.take();
            DumpJudge judge = config.startsDumper() ? DumpJudge.EXIT_CODE : DumpJudge.NOBODY;
            Round round = begin(plan(number, judge), config.dumper(), end -> count(number, end));
            if (round.carriesOn()) {
                retry = FIRST_RETRY;
                continue;
            }
            SessionEnd end = endOf(round);
            if (config.once() || config.startsDumper() || !everAccepted || end.hopeless()) {
                return end.exitCode();
            }
            kept.refuseWaiting("the destination accepted none");
            stopping.await(retry.toMillis(), TimeUnit.MILLISECONDS);
            retry = longer(retry);
        }
        slots.acquire(config.sessions() - 1);
        if (failure != null) {
            throw failure;
        }
        return exitCode;
    }

    private void count(int number, SessionEnd end) {
        if (!end.carried()) {
            numbers.giveBack(number);
        }
        boolean counts = config.once() || config.startsDumper() || !end.report().stoppedByPeer();
        if (exitCode == 0 && end.accepted() && counts) {
            exitCode = end.exitCode();
        }
    }

    private static Duration longer(Duration retry) {
        Duration twice = retry.multipliedBy(2);
        return twice.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : twice;
    }

    /**
     * Runs one session with this dumper, which we start and whose exit code counts; blocks. It
     * builds on the last good one of this proxy where the configuration says {@link
     * SourceConfig#LAST_SESSION}.
     *
     * @param session its name; empty: unnamed
     */
    public SessionEnd dump(Optional<String> session, List<String> dumper)
            throws InterruptedException {
        slots.acquire();
        return endOf(begin(plan(session, DumpJudge.EXIT_CODE), dumper, end -> {}));
    }

    /** The same for the dump of a migration, which itself knows how that ends. */
    public SessionEnd dumpOfMigration(Optional<String> session, List<String> dumper)
            throws InterruptedException {
        slots.acquire();
        return endOf(begin(plan(session, DumpJudge.MIGRATION), dumper, end -> {}));
    }

    /**
     * One session.
     *
     * @param carriesOn whether it has the dumper that it waited for, so that the next may be begun
     * @param end completes when it is over and told of
     */
    private record Round(boolean carriesOn, CompletableFuture<SessionEnd> end) {}

    private SessionEnd endOf(Round round) {
        try {
            return round.end().join();
        } catch (CompletionException e) {
            throw failure;
        }
    }

    /** Takes a slot; returns when the session has its dumper, or is over. */
    private Round begin(SessionPlan plan, List<String> dumper, Consumer<SessionEnd> counter)
            throws InterruptedException {
        SourceSession session =
                new SourceSession(
                        plan,
                        group.next(),
                        laneDialer,
                        compressors,
                        link,
                        this::onDumperHeardSuccess);
        running.add(session);
        observer.onSessionBegins(session);
        Reactions.when(session.report(), observer::onStreamOver, this::onObserverFailed);
        if (isStopping()) {
            session.drain(config.timeouts().drain());
        }
        sessionDialer.dial(session);
        CompletableFuture.anyOf(session.accepted(), session.report()).join();
        Optional<ExitStatus> exit = serveDumper(session, dumper);
        everAccepted |= session.accepted().isDone();
        return new Round(
                session.taken().isDone() && !config.once() && !config.startsDumper(),
                session.report()
                        .thenApplyAsync(report -> onOver(session, report, exit, counter), ends));
    }

    private void onObserverFailed(Throwable fault) {
        failure = new IllegalStateException("a fault of pageproxy's own", fault);
        giveUp(CloseReason.LOCAL_FAILURE, "a fault of pageproxy's own: " + fault);
    }

    /** Where sessions follow, one of them may be this dumper's too. */
    private void onDumperHeardSuccess(Dumper dumper) {
        if (config.once() || config.startsDumper()) {
            dumper.close();
        } else {
            kept.keep(dumper);
        }
    }

    /** Sessions that are over are told of one after the other, on a thread for that. */
    private SessionEnd onOver(
            SourceSession session,
            SessionReport report,
            Optional<ExitStatus> exit,
            Consumer<SessionEnd> counter) {
        try {
            SessionEnd end = new SessionEnd(session.accepted().isDone(), report, exit);
            if (end.accepted()) {
                sent = session.sent();
            }
            if (report.outcome().good()) {
                lastGood = report.session();
            }
            observer.onSessionOver(report);
            counter.accept(end);
            return end;
        } catch (RuntimeException e) {
            failure = e;
            stop();
            throw e;
        } finally {
            running.remove(session);
            slots.release();
        }
    }

    private SessionPlan plan(int number, DumpJudge judge) {
        return plan(config.session().map(name -> name.replace("{n}", "" + number)), judge);
    }

    private SessionPlan plan(Optional<String> session, DumpJudge judge) {
        boolean inChain = config.parent().equals(Optional.of(SourceConfig.LAST_SESSION));
        Hello hello =
                new Hello(
                        config.agent(),
                        config.host(),
                        session,
                        inChain ? lastGood : config.parent(),
                        config.timeouts().peer().toMillis(),
                        config.lanes(),
                        sent.map(SentSessions::pageCount).orElse(0L));
        return new SessionPlan(
                config.connect(),
                hello,
                config.codec(),
                config.pageWindowBytesOfSession(),
                sent,
                inChain,
                judge,
                config.timeouts().session());
    }

    private Optional<ExitStatus> serveDumper(SourceSession session, List<String> dumper)
            throws InterruptedException {
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
                DumperChild child = DumperChild.start(launcher, dumper, session.loop(), pipeline);
                Reactions.when(
                        child.exit(),
                        exit -> tellExit(session, Optional.of(exit)),
                        unknown -> tellExit(session, Optional.empty()));
                return Optional.of(child.exit().join());
            }
            if (kept.offer(new KeptDumpers.Place(session.loop(), pipeline))) {
                CompletableFuture.anyOf(session.taken(), session.report()).join();
            } else {
                listen(session, pipeline);
            }
        } catch (IOException e) {
            session.loop()
                    .execute(() -> session.fail(CloseReason.LOCAL_FAILURE, FailureText.of(e)));
        }
        return Optional.empty();
    }

    private static void tellExit(SourceSession session, Optional<ExitStatus> exit) {
        EventLoops.tryExecute(session.loop(), () -> session.onDumperExit(exit));
    }

    /** Until the session has its dumper: who connects, or one that was kept and is quicker. */
    private void listen(SourceSession session, DumperInitializer pipeline)
            throws IOException, InterruptedException {
        DumperPort wanted = config.port().orElseThrow();
        try (LocalPort port =
                LocalPort.open(
                        boundAddress.orElse(wanted.address()),
                        DUMPER,
                        wanted.users(),
                        session.loop(),
                        pipeline,
                        observer::onDumperRefused)) {
            boundAddress = Optional.of(port.address());
            observer.onListening(port.address());
            CompletableFuture.anyOf(session.taken(), session.report()).join();
        } finally {
            kept.withdraw();
        }
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
        kept.close();
        running.forEach(session -> session.drain(config.timeouts().drain()));
    }

    /**
     * Ends it at once, from any thread: what a session still carries is of no use any more.
     *
     * @param reason for the report of each, and its peer
     * @param why the same in words
     */
    public void giveUp(CloseReason reason, String why) {
        stopping.countDown();
        running.forEach(
                session -> EventLoops.tryExecute(session.loop(), () -> session.fail(reason, why)));
    }

    /**
     * How far the running sessions are, taken together; empty where none runs. May be called from
     * any thread.
     */
    public Optional<Progress> progress() {
        if (group.isShuttingDown()) {
            return Optional.empty();
        }
        return running.stream()
                .map(session -> CompletableFuture.supplyAsync(session::progress, session.loop()))
                .map(CompletableFuture::join)
                .reduce(Progress::with);
    }

    /** Ends its threads, after {@link #run} has returned; what is still to be said is said. */
    @Override
    public void close() {
        ends.shutdown();
        kept.close();
        sent.ifPresent(earlier -> earlier.pages().close());
        compressors.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
