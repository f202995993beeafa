package io.pageproxy.source;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pageproxy.async.Reactions;
import io.pageproxy.net.EventLoops;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.dumper.DumpCommand;
import io.pageproxy.source.dumper.DumperEnd;
import io.pageproxy.source.push.DumpJudge;
import io.pageproxy.source.push.SessionPlan;
import io.pageproxy.source.push.SharedResources;
import io.pageproxy.source.push.SourceSession;
import io.pageproxy.source.tunnel.LaneDialer;
import io.pageproxy.source.tunnel.SessionDialer;
import io.pageproxy.status.SessionWatch;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Runs push sessions, one after the other or several concurrently. The destination accepts a
 * session before a dumper may come, so that a refusal is known before anything is frozen. Once a
 * session has its dumper, the next one may begin.
 */
public final class SourceProxy implements AutoCloseable {
    private final SourceConfig config;
    private final SourceObserver observer;
    private final SourceRuntime runtime;
    private final boolean ownsRuntime;
    private final SessionDialer dialer;
    private final SharedResources shared;
    private final DumperProvider dumpers;
    private final SessionChain chain;
    private final SessionNumbers numbers = new SessionNumbers();
    private final Semaphore slots;
    private final Set<SourceSession> running = ConcurrentHashMap.newKeySet();
    private final CountDownLatch stopping = new CountDownLatch(1);

    /** Reports sessions that are over, one at a time. */
    private final ExecutorService reporter = newReporter();

    private boolean everAccepted;
    private int exitCode;

    /** An exception of the observer, which ends the proxy. */
    private volatile RuntimeException failure;

    /**
     * A proxy that does not run yet, with a runtime of its own.
     *
     * @param tls makes the TLS handler of one connection
     * @param launcher starts the dumper, if we do that
     */
    public SourceProxy(
            SourceConfig config,
            Function<Channel, SslHandler> tls,
            ChildLauncher launcher,
            SourceObserver observer) {
        this(
                config,
                new SourceServices(SourceRuntime.of(config), tls, launcher, SessionWatch.NONE),
                observer,
                true);
    }

    /** A proxy that does not run yet, in a runtime that outlives it. */
    public SourceProxy(SourceConfig config, SourceServices services, SourceObserver observer) {
        this(config, services, observer, false);
    }

    private SourceProxy(
            SourceConfig config,
            SourceServices services,
            SourceObserver observer,
            boolean ownsRuntime) {
        this.config = config;
        this.observer = observer;
        this.runtime = services.runtime();
        this.ownsRuntime = ownsRuntime;
        this.dialer = new SessionDialer(config.connect(), config.timeouts(), services.tls());
        this.shared =
                new SharedResources(
                        new LaneDialer(runtime.pageLoops(), services.tls(), config.timeouts()),
                        runtime.compressors(),
                        runtime.linkTo(config.connect()));
        this.dumpers = new DumperProvider(config, services.launcher(), observer);
        this.chain = new SessionChain(config);
        this.slots = new Semaphore(config.sessions());
    }

    /** Its thread starts now, so that it belongs to whoever makes this proxy. */
    private static ExecutorService newReporter() {
        ThreadPoolExecutor reporter =
                new ThreadPoolExecutor(
                        1,
                        1,
                        0,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        new DefaultThreadFactory("sessions", true));
        reporter.prestartCoreThread();
        return reporter;
    }

    /**
     * Runs until it is told to stop, or until the one session of {@code once} or of a dumper that
     * we started is over; blocks.
     *
     * <p>It is an error if the destination does not accept the first session. Later on the
     * destination is dialled again, since it may be restarting.
     *
     * @return the exit code: 0 if every session was good, else that of the first bad one
     */
    public int run() throws InterruptedException {
        RetryDelay delay = new RetryDelay();
        for (slots.acquire(); !isStopping(); slots.acquire()) {
            int number = numbers.take();
            DumpJudge judge = config.startsDumper() ? DumpJudge.EXIT_CODE : DumpJudge.NOBODY;
            SessionPlan plan = chain.plan(number, judge);
            Begun begun =
                    begin(plan, DumpCommand.ofCriu(config.dumper()), end -> count(number, end));
            if (begun.nextMayBegin()) {
                delay.reset();
                continue;
            }
            SessionEnd end = endOf(begun);
            if (config.once() || config.startsDumper() || !everAccepted || end.hopeless()) {
                return end.exitCode();
            }
            dumpers.onNotAccepted();
            delay.await(stopping);
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

    /**
     * Runs one session with a dumper that we start and whose exit code counts; blocks. It builds on
     * the last good session of this proxy if {@link SourceConfig#LAST_SESSION} is configured.
     *
     * @param session its name; empty: unnamed
     */
    public SessionEnd dump(Optional<String> session, DumpCommand dumper)
            throws InterruptedException {
        return dump(session, dumper, DumpJudge.EXIT_CODE);
    }

    /** Does the same for the dump of a migration, which itself knows how the dump ends. */
    public SessionEnd dumpOfMigration(Optional<String> session, DumpCommand dumper)
            throws InterruptedException {
        return dump(session, dumper, DumpJudge.MIGRATION);
    }

    private SessionEnd dump(Optional<String> session, DumpCommand dumper, DumpJudge judge)
            throws InterruptedException {
        slots.acquire();
        return endOf(begin(chain.plan(session, judge, dumper), dumper, end -> {}));
    }

    /**
     * A session that has its dumper, or is over.
     *
     * @param nextMayBegin whether it has the dumper that it waited for
     * @param end completes when it is over and reported
     */
    private record Begun(boolean nextMayBegin, CompletableFuture<SessionEnd> end) {}

    private SessionEnd endOf(Begun begun) {
        try {
            return begun.end().join();
        } catch (CompletionException e) {
            throw failure;
        }
    }

    /** Begins a session, which takes over the caller's slot. */
    private Begun begin(SessionPlan plan, DumpCommand dumper, Consumer<SessionEnd> counter)
            throws InterruptedException {
        SourceSession session =
                new SourceSession(
                        plan, runtime.pageLoops().next(), shared, dumpers::onHeardSuccess);
        running.add(session);
        observer.onSessionBegins(session);
        Reactions.when(session.report(), observer::onStreamOver, this::onObserverFailed);
        if (isStopping()) {
            session.drain(config.timeouts().drain());
        }
        dialer.dial(session);
        CompletableFuture.anyOf(session.accepted(), session.report()).join();
        Optional<DumperEnd> ended = Optional.empty();
        if (session.accepted().isDone()) {
            everAccepted = true;
            observer.onAccepted(session.accepted().join());
            ended = dumpers.provide(session, session.accepted().join(), dumper);
        }
        return new Begun(
                session.hasDumper().isDone() && !config.once() && !config.startsDumper(),
                ended(session, ended, counter));
    }

    private CompletableFuture<SessionEnd> ended(
            SourceSession session, Optional<DumperEnd> dumper, Consumer<SessionEnd> counter) {
        return session.report()
                .thenApplyAsync(report -> onOver(session, report, dumper, counter), reporter);
    }

    private SessionEnd onOver(
            SourceSession session,
            SessionReport report,
            Optional<DumperEnd> dumper,
            Consumer<SessionEnd> counter) {
        try {
            SessionEnd end = new SessionEnd(session.accepted().isDone(), report, dumper);
            chain.onOver(session, end);
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

    private void onObserverFailed(Throwable fault) {
        failure = new IllegalStateException("internal error of pageproxy", fault);
        giveUp(CloseReason.LOCAL_FAILURE, "internal error of pageproxy: " + fault);
    }

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }

    /**
     * Stops the proxy; any thread. No session begins any more. A session that waits for a dumper
     * ends now; one that carries pages fails unless it ends within the drain timeout.
     */
    public void stop() {
        stopping.countDown();
        dumpers.close();
        running.forEach(session -> session.drain(config.timeouts().drain()));
    }

    /**
     * Fails all sessions at once and begins no other; any thread.
     *
     * @param reason for the report of each session, and its peer
     * @param why the same in words
     */
    public void giveUp(CloseReason reason, String why) {
        stopping.countDown();
        running.forEach(
                session -> EventLoops.tryExecute(session.loop(), () -> session.fail(reason, why)));
    }

    /** Current statistics of the running sessions. Any thread. */
    public List<SessionFigures> progress() {
        return running.stream()
                .filter(session -> !session.loop().isShuttingDown())
                .map(session -> CompletableFuture.supplyAsync(session::figures, session.loop()))
                .map(CompletableFuture::join)
                .toList();
    }

    /** Frees what its sessions shared, after {@link #run} has returned. */
    @Override
    public void close() {
        reporter.shutdown();
        dumpers.close();
        chain.close();
        if (ownsRuntime) {
            runtime.close();
        }
    }
}
