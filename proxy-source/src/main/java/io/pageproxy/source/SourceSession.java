package io.pageproxy.source;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import io.pageproxy.codec.BlockEncoder;
import io.pageproxy.codec.CodingStage;
import io.pageproxy.codec.Compressors;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.net.EventLoops;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.AuthenticatedPeer;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Progress;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.SourceState.AwaitingExit;
import io.pageproxy.source.SourceState.Concluding;
import io.pageproxy.source.SourceState.Connecting;
import io.pageproxy.source.SourceState.Ending;
import io.pageproxy.source.SourceState.Greeting;
import io.pageproxy.source.SourceState.Joining;
import io.pageproxy.source.SourceState.Over;
import io.pageproxy.source.SourceState.Ready;
import io.pageproxy.source.SourceState.Streaming;
import io.pageproxy.source.adaptive.LinkMetrics;
import io.pageproxy.source.adaptive.SharedLink;
import io.pageproxy.source.dumper.Dumper;
import io.pageproxy.source.dumper.DumperListener;
import io.pageproxy.source.tunnel.DialledSession;
import io.pageproxy.source.tunnel.LaneConnector;
import io.pageproxy.tunnel.Tunnel;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one who decides in a session of the source: between the dumper and the tunnel, see {@link
 * SourceState}. The dumper hears success from exactly one place here, {@link #conclude}, and only
 * on the destination's Result.
 *
 * <p>Everything runs on the event loop that both channels share; only the futures are for others.
 * The file is long because it is one machine: what may happen in which state is to be seen in one
 * place.
 */
final class SourceSession implements DialledSession, DumperListener, SourceLanes.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(SourceSession.class);

    /** So long after its exit a dumper's socket is read for what it still said. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final SessionPlan plan;
    private final Compressors compressors;
    private final SharedLink link;
    private final EventLoop loop;
    private final LaneConnector connector;
    private final Consumer<Dumper> afterSuccess;
    private final CompletableFuture<Accept> accepted = new CompletableFuture<>();
    private final CompletableFuture<Void> taken = new CompletableFuture<>();
    private final CompletableFuture<SessionReport> report = new CompletableFuture<>();

    private SourceState state = new Connecting();
    private Tunnel tunnel;
    private SourceLanes lanes;
    private Dumper dumper;
    private CodingStage coding;
    private Optional<AuthenticatedPeer> peer = Optional.empty();
    private long firstByteNanos;
    private OptionalInt pageServerExit = OptionalInt.empty();
    private Optional<ExitStatus> dumperExit = Optional.empty();
    private boolean exitedUnheard;
    private Optional<String> lostDestination = Optional.empty();
    private Optional<SentSessions> sent = Optional.empty();

    /**
     * @param afterSuccess is given the dumper that has heard success, with its socket open
     */
    SourceSession(
            SessionPlan plan,
            EventLoop loop,
            LaneConnector connector,
            Compressors compressors,
            SharedLink link,
            Consumer<Dumper> afterSuccess) {
        this.plan = plan;
        this.compressors = compressors;
        this.link = link;
        this.loop = loop;
        this.connector = connector;
        this.afterSuccess = afterSuccess;
    }

    @Override
    public CompletableFuture<Accept> accepted() {
        return accepted;
    }

    /** Completes when the session has its dumper; never where none comes. */
    CompletableFuture<Void> taken() {
        return taken;
    }

    @Override
    public CompletableFuture<SessionReport> report() {
        return report;
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    /** How far it is; on the event loop. */
    Progress progress() {
        boolean checking =
                state instanceof Ending
                        || state instanceof Concluding
                        || state instanceof AwaitingExit;
        return new Progress(totals(), wireBytesSent(), seconds(), checking);
    }

    private StreamTotals totals() {
        return dumper == null ? StreamTotals.NONE : dumper.totals();
    }

    private long wireBytesSent() {
        return lanes == null ? 0 : lanes.sentBytes();
    }

    private double seconds() {
        return firstByteNanos == 0 ? 0 : (System.nanoTime() - firstByteNanos) / 1e9;
    }

    // ---- the tunnel

    @Override
    public void onTunnelUp(Tunnel up) {
        if (state instanceof Over over) {
            up.abort(over.outcome());
            return;
        }
        tunnel = up;
        lanes = new SourceLanes(up, connector, loop, this);
        peer = Optional.of(up.security().authenticatedPeer());
        state = new Greeting();
        tunnel.send(plan.hello());
    }

    @Override
    public void onFrame(Frame frame) {
        if (frame instanceof Abort abort) {
            onAbort(abort);
        } else if (frame instanceof Accept accept && state instanceof Greeting) {
            onAccept(accept);
        } else if (frame instanceof Answer answer && state instanceof Streaming) {
            dumper.answer(answer);
        } else if (frame instanceof Result result && state instanceof Ending ending) {
            onResult(result, ending);
        } else {
            throw frame.unexpectedFrom(Side.DESTINATION, "while " + stateName());
        }
    }

    private void onAbort(Abort abort) {
        if (state instanceof AwaitingExit) {
            onDestinationLost(abort.reason().label() + ": " + abort.message());
        } else {
            over(abort.outcome(Side.DESTINATION, idle()));
        }
    }

    private void onAccept(Accept accept) {
        tunnel.setPeerTimeoutMillis(accept.peerTimeoutMillis());
        coding =
                new CodingStage(
                        loop, encoder(accept), compressors, this::sendFrame, this::setReading);
        state = new Joining(accept);
        lanes.open(accept);
    }

    private BlockEncoder encoder(Accept accept) {
        LinkMetrics pace = link.seenBy(lanes.link());
        return Encoding.of(plan, accept, pace, compressors.threads(), link.history());
    }

    private void sendFrame(ByteBuf frame) {
        if (!lanes.send(frame)) {
            setReading();
        }
    }

    @Override
    public void onLanesJoined() {
        if (state instanceof Joining joining) {
            state = new Ready(joining.accept());
            accepted.complete(joining.accept());
        }
    }

    /** From the end on it is for the destination alone to say whether all has come. */
    @Override
    public void onLaneFailure(CloseReason reason, String message) {
        if (!(state instanceof Ending
                || state instanceof Concluding
                || state instanceof AwaitingExit)) {
            fail(reason, message);
        }
    }

    private void onResult(Result result, Ending ending) {
        pageServerExit = OptionalInt.of(result.pageServerExit());
        StreamTotals totals = ending.end().totals();
        if (result.pageServerExit() != 0 || result.pages() != totals.pages()) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the destination reports %d pages and page server exit %d; %d pages were sent"
                            .formatted(result.pages(), result.pageServerExit(), totals.pages()));
        }
        state = new Concluding(ending.accept());
        conclude(result);
    }

    /** The only place where a dumper hears that all is well. */
    private void conclude(Result result) {
        dumper.tellGood()
                .addListener(
                        told -> {
                            if (told.isSuccess()) {
                                onDumperTold(result);
                            } else {
                                fail(
                                        CloseReason.DUMPER_LOST,
                                        "the dumper left before it could hear success");
                            }
                        });
    }

    /** From here on nothing can make the dumper fail: only its own exit code says how it ended. */
    private void onDumperTold(Result result) {
        String whole =
                result.images() + " images of " + result.pages() + " pages are whole and durable";
        boolean exitTells = plan.judge() == DumpJudge.EXIT_CODE && !exitedUnheard;
        if (exitTells) {
            state = new AwaitingExit(whole);
            dumperExit.ifPresent(exit -> judge(exit, whole));
        } else {
            deliver(
                    false,
                    Outcome.pagesComplete(
                            Side.SOURCE,
                            "pages complete: "
                                    + whole
                                    + "; the dump's own exit code says whether"
                                    + " it has succeeded"));
        }
        afterSuccess.accept(dumper);
    }

    private void deliver(boolean dumpSucceeded, Outcome outcome) {
        tunnel.send(new Frame.Delivered(dumpSucceeded)).addListener(ChannelFutureListener.CLOSE);
        over(outcome);
    }

    /** The dumper that we have started has ended; empty where its exit code cannot be had. */
    void onDumperExit(Optional<ExitStatus> exit) {
        dumperExit = exit;
        if (state instanceof AwaitingExit awaiting) {
            exit.ifPresentOrElse(
                    status -> judge(status, awaiting.whole()),
                    () -> deliver(false, Outcome.pagesComplete(Side.SOURCE, awaiting.whole())));
        } else if (exit.isPresent() && !exit.get().success()) {
            // What it has said before is read first. Others may hold its socket open.
            loop.schedule(this::failForExit, LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS);
        } else if (!(state instanceof Concluding)) {
            // No dumper succeeds before it has heard so: that was some wrapper of it.
            exitedUnheard = true;
        }
    }

    private void failForExit() {
        if (!(state instanceof Concluding || state instanceof AwaitingExit)) {
            fail(
                    CloseReason.DUMPER_LOST,
                    "the dumper ended before it heard of success: " + dumperExit.get().describe());
        }
    }

    private void judge(ExitStatus exit, String whole) {
        String unheard =
                lostDestination
                        .map(why -> "; the destination could not be told so (" + why + ")")
                        .orElse("");
        if (exit.success()) {
            deliver(true, Outcome.completed(Side.SOURCE, whole + ", the dump is done" + unheard));
        } else {
            over(
                    Outcome.failed(
                            Side.SOURCE,
                            CloseReason.DUMP_FAILED,
                            "the dumper failed after its pages had arrived ("
                                    + exit.describe()
                                    + "): its own messages say why; its tasks run on unless it says"
                                    + " otherwise"
                                    + unheard
                                    + (unheard.isEmpty() ? "" : ", so its images bear no mark")));
        }
    }

    private void onDestinationLost(String why) {
        if (lostDestination.isEmpty()) {
            lostDestination = Optional.of(why);
            LOG.warn(
                    "session={} the dumper has heard success and ends its dump, but the destination"
                            + " cannot be told how that ends: {}",
                    plan.hello().session().orElse("-"),
                    why);
        }
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        setReading();
    }

    @Override
    public void onLaneWritabilityChanged() {
        setReading();
    }

    /** The dumper is read as long as any lane takes frames and the coding takes blocks. */
    private void setReading() {
        if (dumper != null && !(state instanceof Over)) {
            dumper.setReading(lanes.isWritable() && !coding.isFull());
        }
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        if (state instanceof AwaitingExit) {
            onDestinationLost(message);
        } else if (!(state instanceof Concluding)) {
            fail(reason, message);
        } // Else the dumper is hearing of success, and what counts is whether it does.
    }

    // ---- the dumper

    /**
     * The dumper's socket is there; nothing has been read of it.
     *
     * @return whether it may stay: a session has one dumper, and only once it is accepted
     */
    boolean onDumper(Dumper connected) {
        if (dumper != null || !(state instanceof Ready)) {
            return false;
        }
        dumper = connected;
        taken.complete(null);
        return true;
    }

    @Override
    public void onStreamOpen(RecordLayout layout) {
        if (!(state instanceof Ready ready)) {
            return;
        }
        firstByteNanos = System.nanoTime();
        link.begin();
        state = new Streaming(ready.accept());
        tunnel.send(new Frame.Open(layout));
        plan.sessionTimeout().ifPresent(this::failAfter);
    }

    private void failAfter(Duration limit) {
        String why = "not done within --session-timeout " + limit.toSeconds() + "s";
        Runnable fail = () -> fail(CloseReason.SESSION_TIMEOUT, why);
        EventLoops.scheduleUnlessDone(report, loop, limit, fail);
    }

    @Override
    public void onBlock(ByteBuf block, PageRuns runs) {
        if (state instanceof Streaming) {
            coding.add(block, runs);
            setReading();
        } else {
            block.release();
        }
    }

    @Override
    public void onStreamEnd() {
        if (state instanceof Streaming streaming) {
            if (dumper.totals().processes() == 0) {
                fail(
                        CloseReason.DUMP_FAILED,
                        "the dumper ended its stream without a single process, so its dump has"
                                + " failed: its own messages say why");
                return;
            }
            Frame.End end = new Frame.End(dumper.totals(), coding.encoder().checksum());
            state = new Ending(streaming.accept(), end);
            coding.afterAll(() -> lanes.end(end));
        }
    }

    @Override
    public void onDumperBroke(String message) {
        fail(CloseReason.DUMPER_PROTOCOL, message);
    }

    @Override
    public void onDumperGone() {
        fail(CloseReason.DUMPER_LOST, "the dumper closed its socket before it heard of success");
    }

    // ---- the end

    @Override
    public void fail(CloseReason reason, String message) {
        if (!(state instanceof AwaitingExit)) {
            over(Outcome.failed(Side.SOURCE, reason, message));
        }
    }

    @Override
    public boolean idle() {
        return dumper == null && plan.judge() == DumpJudge.NOBODY;
    }

    @Override
    public boolean streaming() {
        return firstByteNanos != 0 && !(state instanceof Over);
    }

    private void over(Outcome outcome) {
        if (state instanceof Over) {
            return;
        }
        state = new Over(outcome);
        if (!outcome.good()) {
            if (tunnel != null && outcome.side() == Side.DESTINATION) {
                tunnel.close(); // It was the destination that told us.
            } else if (tunnel != null) {
                tunnel.abort(outcome);
            }
            if (dumper != null) {
                dumper.fail();
            }
        }
        SessionReport complete = reportOf(outcome);
        try {
            endCoding(outcome);
        } finally { // Somebody waits for the report, whatever fails here.
            if (tunnel == null) {
                report.complete(complete);
            } else {
                Reactions.whenDone(lanes.closed(), () -> report.complete(complete));
            }
        }
    }

    private void endCoding(Outcome outcome) {
        if (coding != null) {
            if (outcome.good()) {
                coding.encoder().keepHistory();
            }
            keepPages(outcome);
            coding.close();
        }
        if (firstByteNanos != 0) {
            link.end(); // only now: what was learnt is passed on as of a link that it shared
        }
    }

    /** So that the chain's next session can refer to them; only of what has arrived for certain. */
    private void keepPages(Outcome outcome) {
        if (outcome.good() && plan.inChain()) {
            long count = accepted.join().earlierPages() + totals().pages();
            sent = coding.encoder().takePages().map(pages -> new SentSessions(pages, count));
        }
    }

    /** What a next session may build on; empty where there is nothing. Once the report is there. */
    Optional<SentSessions> sent() {
        return sent;
    }

    @Override
    public String stateName() {
        return state.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    private SessionReport reportOf(Outcome outcome) {
        OptionalInt exit =
                dumperExit
                        .map(status -> OptionalInt.of(status.shellCode()))
                        .orElse(OptionalInt.empty());
        return new SessionReport(figures(), outcome, pageServerExit, exit);
    }

    @Override
    public SessionFigures figures() {
        return new SessionFigures(
                Side.SOURCE,
                plan.hello().session(),
                peer,
                plan.destination().toString(),
                totals(),
                wireBytesSent(),
                lanes == null ? 0 : lanes.receivedBytes(),
                lanes == null ? 1 : lanes.count(),
                seconds(),
                coding == null ? CodingTotals.NONE : coding.encoder().totals(),
                plan.hello().host().pageSizeBytes(),
                Optional.ofNullable(accepted.getNow(null)).map(Accept::imagesFolder));
    }

    @Override
    public String awaited() {
        return state instanceof Joining
                ? "let all " + lanes.count() + " lanes join the session"
                : "accept the session";
    }

    @Override
    public boolean hasTunnel() {
        return tunnel != null;
    }
}
