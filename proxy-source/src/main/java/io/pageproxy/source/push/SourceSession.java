package io.pageproxy.source.push;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.net.EventLoops;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.dumper.Dumper;
import io.pageproxy.source.dumper.DumperEnd;
import io.pageproxy.source.dumper.DumperListener;
import io.pageproxy.source.tunnel.DialledSession;
import io.pageproxy.status.LiveSession;
import io.pageproxy.tunnel.Tunnel;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * State machine of one push session at the source. It decides what an event of the tunnel or of the
 * dumper means in the current {@link SourceState}, whose drawing shows all transitions. The dumper
 * hears success in exactly one place, {@link #onResult}, and only after the destination's Result.
 *
 * <p>Everything runs on the event loop that the dumper and the first lane share; only the futures
 * are for other threads. The file is long because what may happen in which state is best read in
 * one place.
 */
public final class SourceSession
        implements DialledSession, LiveSession, DumperListener, SourceLanes.Listener {
    /** How long the socket of a failed dumper is still read, for what it may have sent before. */
    private static final Duration EXIT_GRACE = Duration.ofSeconds(2);

    /** How long a dumper that has failed may take to end, which explains its failure. */
    private static final Duration END_TIMEOUT = Duration.ofSeconds(10);

    private final SessionPlan plan;
    private final EventLoop loop;
    private final SharedResources shared;
    private final SourceFigures figures;
    private final Consumer<Dumper> afterSuccess;
    private final CompletableFuture<Accept> accepted = new CompletableFuture<>();
    private final CompletableFuture<Void> hasDumper = new CompletableFuture<>();
    private final CompletableFuture<SessionReport> report = new CompletableFuture<>();

    private SourceState state = SourceState.CONNECTING;
    private Outcome outcome;
    private Tunnel tunnel;
    private SourceLanes lanes;
    private BlockSender sender;
    private Dumper dumper;
    private boolean exitDecides;
    private Optional<DumperEnd> dumperEnd = Optional.empty();
    private Outcome dumperFailure; // Null unless FAILING.
    private DumpVerdict verdict;
    private Optional<EarlierSessions> completed = Optional.empty();

    /**
     * A session that is not connected yet.
     *
     * @param afterSuccess takes the dumper that has heard success, with its socket open
     */
    public SourceSession(
            SessionPlan plan,
            EventLoop loop,
            SharedResources shared,
            Consumer<Dumper> afterSuccess) {
        this.plan = plan;
        this.loop = loop;
        this.shared = shared;
        this.figures = new SourceFigures(plan);
        this.afterSuccess = afterSuccess;
        this.exitDecides = plan.judge() == DumpJudge.EXIT_CODE;
    }

    @Override
    public CompletableFuture<Accept> accepted() {
        return accepted;
    }

    /** Completes when the session has its dumper; never if none comes. */
    public CompletableFuture<Void> hasDumper() {
        return hasDumper;
    }

    @Override
    public CompletableFuture<SessionReport> report() {
        return report;
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    private void enter(SourceState next) {
        state = state.to(next);
    }

    // ---- the tunnel

    @Override
    public void onTunnelUp(Tunnel up) {
        if (state == SourceState.OVER) {
            up.abort(outcome);
            return;
        }
        enter(SourceState.GREETING);
        tunnel = up;
        lanes = new SourceLanes(up, shared.connector(), loop, this);
        figures.onTunnelUp(up.security().authenticatedPeer(), lanes);
        tunnel.send(plan.hello());
    }

    @Override
    public void onFrame(Frame frame) {
        if (state == SourceState.FAILING) {
            return; // It says nothing that matters any more.
        }
        if (frame instanceof Abort abort) {
            onAbort(abort);
        } else if (frame instanceof Accept accept && state == SourceState.GREETING) {
            onAccept(accept);
        } else if (frame instanceof Answer answer && state == SourceState.STREAMING) {
            dumper.answer(answer);
        } else if (frame instanceof Result result && state == SourceState.ENDING) {
            onResult(result);
        } else {
            throw frame.unexpectedFrom(Side.DESTINATION, "while " + stateName());
        }
    }

    private void onAbort(Abort abort) {
        if (state == SourceState.AWAITING_EXIT) {
            verdict.onDestinationLost(abort.reason().label() + ": " + abort.message());
        } else {
            over(abort.outcome(Side.DESTINATION, idle()));
        }
    }

    private void onAccept(Accept accept) {
        tunnel.setPeerTimeoutMillis(accept.peerTimeoutMillis());
        EncoderFactory factory = new EncoderFactory(plan, accept);
        sender =
                new BlockSender(
                        loop,
                        factory.encoder(shared, lanes.metrics()),
                        factory.deduplicator(),
                        shared.compressors(),
                        lanes,
                        this::setReading);
        figures.onSender(sender);
        enter(SourceState.JOINING);
        lanes.open(accept);
    }

    @Override
    public void onLanesJoined(Accept accept) {
        if (state == SourceState.JOINING) {
            enter(SourceState.READY);
            figures.onReady(accept);
            accepted.complete(accept);
        }
    }

    /** From ENDING on only the destination decides whether everything has arrived. */
    @Override
    public void onLaneFailure(CloseReason reason, String message) {
        if (!state.streamHasEnded()) {
            fail(reason, message);
        }
    }

    private void onResult(Result result) {
        figures.onResult(result);
        long sentPages = figures.totals().pages();
        if (result.pageServerExit() != 0 || result.pages() != sentPages) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the destination reports %d pages and page server exit %d; %d pages were sent"
                            .formatted(result.pages(), result.pageServerExit(), sentPages));
        }
        enter(SourceState.CONCLUDING);
        verdict = new DumpVerdict(plan.hello().session(), result);
        dumper.tellGood().addListener(told -> onDumperTold(told.isSuccess()));
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        setReading();
    }

    @Override
    public void onLaneWritabilityChanged() {
        setReading();
    }

    private void setReading() {
        if (dumper != null && state != SourceState.FAILING && state != SourceState.OVER) {
            dumper.setReading(sender.isWritable());
        }
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        if (state == SourceState.AWAITING_EXIT) {
            verdict.onDestinationLost(message);
        } else if (state != SourceState.CONCLUDING) {
            fail(reason, message);
        }
    }

    // ---- the dumper

    /**
     * A dumper has connected; nothing has been read from it.
     *
     * @return whether it may stay: a session has one dumper, and only once it is accepted
     */
    public boolean onDumper(Dumper connected) {
        if (dumper != null || state != SourceState.READY) {
            return false;
        }
        dumper = connected;
        figures.onDumper(connected);
        hasDumper.complete(null);
        return true;
    }

    @Override
    public void onStreamOpen(RecordLayout layout) {
        if (state != SourceState.READY) {
            return;
        }
        enter(SourceState.STREAMING);
        figures.onFirstByte();
        shared.link().begin();
        tunnel.send(new Frame.Open(layout));
        plan.sessionTimeout().ifPresent(this::failAfter);
    }

    private void failAfter(Duration limit) {
        String why = "not complete within --session-timeout " + limit.toSeconds() + "s";
        Runnable fail = () -> fail(CloseReason.SESSION_TIMEOUT, why);
        EventLoops.scheduleUnlessDone(report, loop, limit, fail);
    }

    @Override
    public void onBlock(ByteBuf block, PageRuns runs) {
        if (state == SourceState.STREAMING) {
            sender.send(block, runs);
            setReading();
        } else {
            block.release();
        }
    }

    @Override
    public void onStreamEnd() {
        if (state != SourceState.STREAMING) {
            return;
        }
        if (figures.totals().processes() == 0) {
            onDumpFailed();
            return;
        }
        enter(SourceState.ENDING);
        sender.end(figures.totals());
    }

    @Override
    public void onDumpFailed() {
        failDumper(
                CloseReason.DUMP_FAILED,
                "the dumper ended its stream without a single process, so its dump has failed by"
                        + " itself: its own messages say why; its tasks run on");
    }

    /** A migration says itself where the tasks are. */
    private String consequences() {
        return plan.judge() == DumpJudge.MIGRATION ? "" : "; its tasks run on";
    }

    @Override
    public void onDumperBroke(String message) {
        failDumper(CloseReason.DUMPER_PROTOCOL, message);
    }

    @Override
    public void onDumperGone() {
        failDumper(
                CloseReason.DUMPER_LOST,
                "the dumper closed its socket before it was told of success");
    }

    /** Fails a session because of its dumper; the end of one that we have started says why. */
    private void failDumper(CloseReason reason, String message) {
        if (state == SourceState.FAILING) {
            return;
        }
        if (dumper == null || plan.judge() == DumpJudge.NOBODY || !state.mayFail()) {
            fail(reason, message);
            return;
        }
        enter(SourceState.FAILING);
        dumperFailure = Outcome.failed(Side.SOURCE, reason, message);
        dumper.fail(); // So that it ends, and its tasks run on.
        if (dumperEnd.isPresent()) {
            over(explained());
        } else {
            EventLoops.scheduleUnlessDone(report, loop, END_TIMEOUT, () -> over(explained()));
        }
    }

    /** A dumper that breaks the protocol fails because we cut it off, not by itself. */
    private Outcome explained() {
        boolean byItself = dumperFailure.reason() != CloseReason.DUMPER_PROTOCOL;
        return dumperEnd
                .map(
                        end ->
                                byItself && !end.status().success()
                                        ? end.failedBeforeSuccess(consequences())
                                        : end.explain(dumperFailure))
                .orElse(dumperFailure);
    }

    private void onDumperTold(boolean heard) {
        if (state != SourceState.CONCLUDING) {
            return;
        }
        if (!heard) {
            failDumper(
                    CloseReason.DUMPER_LOST, "the dumper left before it could be told of success");
            return;
        }
        if (exitDecides) {
            enter(SourceState.AWAITING_EXIT);
            dumperEnd.ifPresent(this::onVerdict);
        } else {
            deliver(false, verdict.withoutExit());
        }
        afterSuccess.accept(dumper);
    }

    /**
     * The dumper that we started has ended.
     *
     * @param end how; empty if that cannot be found out
     */
    public void onDumperEnd(Optional<DumperEnd> end) {
        dumperEnd = end;
        if (state == SourceState.AWAITING_EXIT) {
            end.ifPresentOrElse(this::onVerdict, () -> deliver(false, verdict.withoutExit()));
        } else if (state == SourceState.FAILING) {
            over(explained());
        } else if (end.isPresent() && !end.get().status().success()) {
            // What it has sent last is read first; another process may keep its socket open.
            EventLoops.scheduleUnlessDone(report, loop, EXIT_GRACE, this::failForExit);
        } else if (end.isEmpty() || state != SourceState.CONCLUDING) {
            // No dumper succeeds before it was told of success, so this was a wrapper of it.
            exitDecides = false;
        }
    }

    private void failForExit() {
        if (!state.heardSuccess()) {
            over(dumperEnd.get().failedBeforeSuccess(consequences()));
        }
    }

    private void onVerdict(DumperEnd end) {
        Outcome verdictOnDump = verdict.afterExit(end);
        if (end.status().success()) {
            deliver(true, verdictOnDump);
        } else {
            over(verdictOnDump);
        }
    }

    private void deliver(boolean dumpSucceeded, Outcome end) {
        tunnel.send(new Frame.Delivered(dumpSucceeded)).addListener(ChannelFutureListener.CLOSE);
        over(end);
    }

    // ---- the end

    @Override
    public void fail(CloseReason reason, String message) {
        if (state == SourceState.FAILING) {
            over(explained());
        } else if (state != SourceState.AWAITING_EXIT) {
            over(Outcome.failed(Side.SOURCE, reason, message));
        }
    }

    private void over(Outcome end) {
        if (state == SourceState.OVER) {
            return;
        }
        enter(SourceState.OVER);
        outcome = end;
        if (!end.good()) {
            failBothEnds();
        }
        SessionReport complete = figures.report(end, dumperEnd.map(DumperEnd::status));
        try {
            endStream();
        } finally { // The report is awaited, whatever fails here.
            if (tunnel == null) {
                report.complete(complete);
            } else {
                Reactions.whenDone(lanes.closed(), () -> report.complete(complete));
            }
        }
    }

    private void failBothEnds() {
        if (tunnel != null) {
            tunnel.end(outcome, Side.DESTINATION);
        }
        if (dumper != null) {
            dumper.fail();
        }
    }

    private void endStream() {
        if (sender != null) {
            if (outcome.good()) {
                sender.keepHistory();
                long pages = accepted.join().earlierPages() + figures.totals().pages();
                completed = plan.inChain() ? sender.takePages(pages) : Optional.empty();
            }
            sender.close();
        }
        if (figures.streamHasBegun()) {
            shared.link().end(); // Last: what was learned is kept as learned on a shared link.
        }
    }

    /**
     * The chain up to this session, for the next one to build on; empty if that cannot be. Valid
     * once the report is complete.
     */
    public Optional<EarlierSessions> completed() {
        return completed;
    }

    // ---- what others may see

    @Override
    public boolean idle() {
        return dumper == null && plan.judge() == DumpJudge.NOBODY;
    }

    @Override
    public boolean streaming() {
        return figures.streamHasBegun() && state != SourceState.OVER;
    }

    @Override
    public boolean hasTunnel() {
        return tunnel != null;
    }

    @Override
    public String awaited() {
        return state == SourceState.JOINING
                ? "let all " + lanes.count() + " lanes join the session"
                : "accept the session";
    }

    @Override
    public String stateName() {
        return state.name().replace("_", "").toLowerCase(Locale.ROOT);
    }

    @Override
    public SessionFigures figures() {
        return figures.now(state.streamHasEnded());
    }
}
