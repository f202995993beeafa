package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import io.pageproxy.dest.session.Admission;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.dest.session.SessionFacts.Wire;
import io.pageproxy.dest.session.Workers;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.Done;
import io.pageproxy.pagestream.PageStreamException;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.ProcessActivity;
import io.pageproxy.process.StallWatch;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.text.FailureText;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * State machine of one lazy session, between the tunnel and the lazy-pages daemon; {@link
 * LazyDestState} draws it. The daemon sends CLOSE even if it has failed, so CLOSE is not passed on:
 * the source receives DONE in exactly one place, {@link #complete}, after the daemon has exited
 * with 0. A daemon that is not our child has no exit status for us; there, CLOSE has to suffice.
 *
 * <p>Everything runs on the event loop that both channels share; blocking work goes to workers and
 * its result comes back. {@link LazyPageTraffic} transports the pages.
 */
final class LazyDestSession implements TunnelListener, LazyDaemonListener, ServedSession {
    private static final Logger LOG = LoggerFactory.getLogger(LazyDestSession.class);

    private final LazyServices services;
    private final LazyTarget target;
    private final Admission admission;
    private final Tunnel tunnel;
    private final EventLoop loop;
    private final SessionFacts facts;
    private final Workers workers;
    private final LazyPageTraffic pages;
    private final CompletableFuture<SessionReport> report = new CompletableFuture<>();
    private final CompletableFuture<Void> daemonEnded = new CompletableFuture<>();

    private LazyDestState state = LazyDestState.PREPARING;
    private LazyDaemon daemon;
    private long startedMillis;
    private Optional<SocketWatch> socketWatch = Optional.empty();

    /** Completes when losing the daemon can do no more harm to the tree of a failed session. */
    private CompletableFuture<Void> treeSafe = CompletableFuture.completedFuture(null);

    /**
     * A session that does nothing yet.
     *
     * @param admission released when the session is over
     */
    LazyDestSession(
            LazyServices services,
            IncomingConnection connection,
            Admission admission,
            LazyTarget target) {
        this.services = services;
        this.target = target;
        this.admission = admission;
        this.tunnel = connection.tunnel();
        this.loop = connection.loop();
        this.facts = connection.facts();
        this.workers = new Workers(services.workers(), loop);
        this.pages =
                new LazyPageTraffic(
                        target.daemons().layout(), services.config(), admission.grant(), tunnel);
    }

    /**
     * Starts the daemon on a worker.
     *
     * @throws SessionException SESSION_INVALID if the daemon's command needs a name and the session
     *     has none
     */
    void begin() {
        LazyDaemon starting = target.daemons().daemon(admission.session(), loop, this);
        Reactions.when(
                target.tree().ending(),
                loop,
                why -> fail(why.reason(), why.message()),
                this::onFault);
        startedMillis = System.currentTimeMillis();
        workers.run(starting::started, this::onDaemonStarted, this::onDaemonNotStarted);
    }

    private void onDaemonNotStarted(Throwable failure) {
        daemonEnded.complete(null);
        fail(CloseReason.LOCAL_FAILURE, FailureText.of(failure));
    }

    private void onDaemonStarted(LazyDaemon started) {
        daemon = started;
        if (!daemon.hasExitStatus()) {
            daemonEnded.complete(null);
        }
        if (state == LazyDestState.OVER) {
            daemon.serve();
            onLoop(treeSafe, daemon::giveUp);
            return;
        }
        enter(LazyDestState.SERVING);
        pages.begin(daemon);
        tunnel.send(services.accept(target.daemons()));
        daemon.serve();
        socketWatch = daemon.images().map(folder -> watchSocket(folder));
    }

    private SocketWatch watchSocket(Path images) {
        SocketWatch watch = new SocketWatch(images, startedMillis, workers, this::onImagesThere);
        watch.begin();
        return watch;
    }

    private void enter(LazyDestState next) {
        state = state.to(next);
    }

    private void onLoop(CompletableFuture<Void> done, Runnable next) {
        Executor here =
                task -> {
                    if (loop.inEventLoop()) {
                        task.run();
                    } else {
                        loop.execute(task);
                    }
                };
        Reactions.when(done, here, now -> next.run(), this::onFault);
    }

    private void onFault(Throwable fault) {
        LOG.error("internal error, please report it", fault);
        fail(CloseReason.LOCAL_FAILURE, "internal error of pageproxy: " + fault);
    }

    @Override
    public CompletableFuture<SessionReport> report() {
        return report;
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public boolean streaming() {
        return facts.streamHasBegun() && state != LazyDestState.OVER;
    }

    /**
     * The session of a migration is never idle: the tree that waits for its pages fails with it.
     */
    @Override
    public boolean idle() {
        return !streaming() && target.tree() == FedTree.OTHERS;
    }

    @Override
    public String stateName() {
        return state.label();
    }

    @Override
    public SessionFigures figures() {
        return facts.figures(pages.totals(), Optional.of(Wire.of(tunnel)), pages.coding());
    }

    // ---- the tunnel

    @Override
    public void onFrame(Frame frame) {
        if (frame instanceof Block block) {
            if (state == LazyDestState.OVER) {
                block.content().release();
            } else {
                pages.onBlock(block);
            }
        } else if (frame instanceof Delivered && state == LazyDestState.RELEASING) {
            target.tree().released();
            over(LazyOutcomes.delivered());
        } else if (frame instanceof Abort abort) {
            over(abort.outcome(Side.SOURCE, idle()));
        } else {
            throw frame.unexpectedFrom(Side.SOURCE, "while " + state.label());
        }
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        over(
                state == LazyDestState.RELEASING
                        ? LazyOutcomes.lostAfterDone(reason, message)
                        : LazyOutcomes.failed(reason, message));
    }

    // ---- the daemon

    /** No task runs yet that would wait behind these pages. */
    @Override
    public void onImagesThere() {
        if (state == LazyDestState.SERVING && !facts.streamHasBegun()) {
            readAhead();
        }
    }

    private void readAhead() {
        daemon.images().ifPresent(images -> pages.readAheadOf(images, workers));
    }

    @Override
    public void onDaemonBytes(ByteBuf in) {
        if (state != LazyDestState.SERVING) {
            return;
        }
        if (!facts.streamHasBegun()) {
            facts.streamBegins();
            socketWatch.ifPresent(SocketWatch::stop);
            readAhead(); // The daemon has read its images, so that they are all there now.
        }
        try {
            if (pages.onRequests(in) && state == LazyDestState.SERVING) {
                onClose();
            }
        } catch (PageStreamException e) {
            over(LazyOutcomes.invalidRequest(e.getMessage()));
        }
    }

    private void onClose() {
        if (daemon.hasExitStatus()) {
            enter(LazyDestState.EXITING);
            daemon.answerClose();
            daemon.pid().ifPresent(this::watchExit);
        } else if (pages.allAnswered()) {
            daemon.answerClose();
            complete();
        } else {
            over(LazyOutcomes.closedTooEarly(target.tree()));
        }
    }

    /** The source's tasks are frozen until the daemon has exited. */
    private void watchExit(int pid) {
        new StallWatch(
                        services.config().pageServerTimeout(),
                        loop,
                        workers.threads(),
                        () -> ProcessActivity.of(pid),
                        () -> true,
                        () -> 0,
                        this::onDaemonStalled)
                .watchUntil(CompletableFuture.anyOf(daemonEnded, report));
    }

    private void onDaemonStalled(Duration idle) {
        over(LazyOutcomes.stalled(idle, services.config().pageServerTimeout(), target.tree()));
    }

    @Override
    public void onDaemonWritable(boolean writable) {
        tunnel.setReading(writable);
    }

    /** If the daemon is our child, its exit decides. */
    @Override
    public void onDaemonGone() {
        tunnel.setReading(true);
        if (state == LazyDestState.SERVING && !daemon.hasExitStatus()) {
            over(LazyOutcomes.wentWithoutClose(target.tree()));
        }
    }

    @Override
    public void onNoDaemon() {
        daemonEnded.complete(null);
    }

    @Override
    public void onDaemonExit(ExitStatus exit) {
        facts.pageServerEnded(exit);
        daemonEnded.complete(null);
        boolean afterClose = state == LazyDestState.EXITING;
        if (afterClose && exit.success()) {
            daemon.close();
            complete();
        } else {
            Outcome end = LazyOutcomes.daemonEnded(exit, afterClose, target.tree());
            if (exit.signal() != 0) {
                over(end); // Whoever killed it is the cause, also of what the restore does then.
            } else {
                onLoop(target.tree().restoreSettled(), () -> overUnlessTreeEnds(end));
            }
        }
    }

    /** A tree that is being ended is the cause, even if that is heard after the daemon's exit. */
    private void overUnlessTreeEnds(Outcome end) {
        Outcome why = target.tree().ending().getNow(null);
        if (why == null) {
            over(end);
        } else {
            fail(why.reason(), why.message());
        }
    }

    /** The only place that tells the source that it may end its tasks. */
    private void complete() {
        enter(LazyDestState.COMPLETING);
        onLoop(
                target.tree().whole(),
                () -> {
                    if (state == LazyDestState.COMPLETING) {
                        enter(LazyDestState.RELEASING);
                        tunnel.send(new Done());
                    }
                });
    }

    // ---- the end

    @Override
    public void fail(CloseReason reason, String message) {
        over(LazyOutcomes.failed(reason, message));
    }

    private void over(Outcome outcome) {
        if (state == LazyDestState.OVER) {
            return;
        }
        enter(LazyDestState.OVER);
        socketWatch.ifPresent(SocketWatch::stop);
        pages.close();
        if (!outcome.good()) {
            treeSafe = target.tree().failed(outcome);
        }
        if (daemon != null && !outcome.good()) {
            onLoop(treeSafe, daemon::giveUp);
        } else if (daemon != null) {
            daemon.close();
        }
        CompletableFuture<Void> tunnelClosed = new CompletableFuture<>();
        tunnel.channel().closeFuture().addListener(closed -> tunnelClosed.complete(null));
        Reactions.whenDone(
                CompletableFuture.allOf(daemonEnded, tunnelClosed),
                () -> {
                    admission.release();
                    report.complete(facts.report(outcome, figures()));
                });
        tunnel.end(outcome, Side.SOURCE);
    }
}
