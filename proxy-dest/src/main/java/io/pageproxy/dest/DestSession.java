package io.pageproxy.dest;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.dest.BlockFlow.Hold;
import io.pageproxy.dest.DestState.Checking;
import io.pageproxy.dest.DestState.Closing;
import io.pageproxy.dest.DestState.Greeting;
import io.pageproxy.dest.DestState.Handshaking;
import io.pageproxy.dest.DestState.Marking;
import io.pageproxy.dest.DestState.Over;
import io.pageproxy.dest.DestState.Preparing;
import io.pageproxy.dest.DestState.Ready;
import io.pageproxy.dest.DestState.Reported;
import io.pageproxy.dest.DestState.Streaming;
import io.pageproxy.dest.images.ImagesVerdict;
import io.pageproxy.dest.lazy.FedTree;
import io.pageproxy.dest.lazy.LazyDaemons;
import io.pageproxy.dest.lazy.LazyDestSession;
import io.pageproxy.dest.lazy.LazyPlan;
import io.pageproxy.dest.migrate.AttachHandler;
import io.pageproxy.dest.migrate.LazyRestore;
import io.pageproxy.dest.migrate.RecommitHandler;
import io.pageproxy.dest.pageserver.PageServerLink;
import io.pageproxy.dest.pageserver.PageServerListener;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.references.WrittenStream;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.dest.session.Workers;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Join;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.frame.Frame.Probe;
import io.pageproxy.frame.Frame.Probed;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.net.EventLoops;
import io.pageproxy.pagestream.PageStreamException;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.StallWatch;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Drainable;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.SessionRole;
import io.pageproxy.session.Side;
import io.pageproxy.status.LiveSession;
import io.pageproxy.text.FailureText;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The one who decides in a session of the destination: between the tunnel and the page server, see
 * {@link DestState}. Success is said in exactly one place, {@link #report(ImagesVerdict)}, after
 * the page server has exited 0 and its images were proven to hold what the stream carried.
 *
 * <p>Everything runs on the event loop that both channels share; what blocks goes to the workers
 * and comes back. The file is long because it is one machine: what may happen in which state is to
 * be seen in one place.
 */
final class DestSession implements TunnelListener, PageServerListener, Drainable, LiveSession {
    /** So long after its exit the page server's socket is read for what it still said. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private final DestServices services;
    private final DestConfig config;
    private PageServers pageServers;
    private final Workers workers;
    private final EventLoop loop;
    private final SessionFacts facts;
    private final CompletableFuture<Void> admitted = new CompletableFuture<>();
    private final CompletableFuture<SessionReport> report = new CompletableFuture<>();
    private final BlockFlow flow;
    private final StreamIntake intake;

    private DestState state = new Handshaking();
    private Tunnel tunnel;
    private DestLanes lanes;
    private Hello hello;
    private SessionImages images;
    private PageServerLink pageServer;
    private SessionGrant grant;
    private LazyDestSession lazy;
    private ServedSession attachment;
    private boolean statusGood;
    private boolean slotTaken;
    private boolean draining;
    private boolean ofMigration;
    private boolean handedOver;
    private long checkStartNanos;

    DestSession(DestServices services, EventLoop loop, String peerAddress) {
        this.services = services;
        this.config = services.config();
        this.pageServers = services.pageServers();
        this.workers = new Workers(services.workers(), loop);
        this.loop = loop;
        this.facts = new SessionFacts(peerAddress, config.host().pageSizeBytes());
        this.flow = new BlockFlow(on -> lanes.flow(on));
        this.intake =
                new StreamIntake(
                        config.host().pageSizeBytes(),
                        config.limits(),
                        flow,
                        workers,
                        this::onBlockFailed);
        scheduleUnlessDone(config.timeouts().handshake(), this::failUnlessGreeted);
    }

    /** Completes when the peer's session, lazy ones and attachments too, may begin; else never. */
    CompletableFuture<Void> admitted() {
        return admitted;
    }

    /** Completes when the session is over, well or not, and nothing of it is left. */
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
        if (lazy != null) {
            return lazy.streaming();
        }
        return attachment == null
                ? facts.streamHasBegun() && !(state instanceof Over)
                : attachment.streaming();
    }

    @Override
    public boolean idle() {
        if (lazy != null) {
            return lazy.idle();
        }
        return !streaming() && !ofMigration;
    }

    /**
     * A connection that has not said yet what it wants may be a source's that has to end its
     * migration, where there is one: it may come in, for that and nothing else.
     */
    @Override
    public void drain(Duration time) {
        loop.execute(
                () -> {
                    boolean unknown = state instanceof Handshaking || state instanceof Greeting;
                    if (unknown && services.migrations().anyOpen()) {
                        draining = true;
                    } else {
                        Drainable.super.drain(time);
                    }
                });
    }

    @Override
    public void stop(String message) {
        if (attachment != null) {
            attachment.stop(message);
        } else {
            fail(CloseReason.SHUTDOWN, message);
        }
    }

    // ---- the tunnel

    @Override
    public void onTunnelUp(Tunnel up) {
        services.handshakes().end(up.channel());
        services.pending().begin(up.channel(), up.security().peer());
        if (state instanceof Over over) {
            up.abort(over.outcome());
            return;
        }
        tunnel = up;
        lanes = new OneLane(up, this::onBlock, this::onEnd);
        facts.authenticated(up.security().authenticatedPeer());
        state = new Greeting();
    }

    @Override
    public void onFrame(Frame frame) {
        try {
            dispatch(frame);
        } catch (PageStreamException e) {
            throw new SessionException(CloseReason.DUMPER_PROTOCOL, e.getMessage());
        }
    }

    private void dispatch(Frame frame) {
        if (draining && state instanceof Greeting && !endsAMigration(frame)) {
            refuseWhileDraining(frame);
        } else if (frame instanceof Block block && state instanceof Streaming) {
            lanes.take(block);
        } else if (frame instanceof Hello greeting && state instanceof Greeting) {
            onHello(greeting);
        } else if (frame instanceof Probe && state instanceof Greeting) {
            onProbe();
        } else if (frame instanceof Join join && state instanceof Greeting) {
            onJoin(join);
        } else if (frame instanceof Attach attach && state instanceof Greeting) {
            onAttach(attach);
        } else if (frame instanceof Recommit again && state instanceof Greeting) {
            onRecommit(again);
        } else if (frame instanceof Open open && state instanceof Ready) {
            onOpen(open.layout());
        } else if (frame instanceof End end && state instanceof Streaming) {
            lanes.end(end);
        } else if (frame instanceof Delivered delivered && state instanceof Reported) {
            over(delivered.dumpSucceeded() ? completed() : pagesComplete());
        } else if (frame instanceof Abort abort) {
            over(abort.outcome(Side.SOURCE, idle()));
        } else {
            refuse(frame);
        }
    }

    private static Outcome completed() {
        return Outcome.completed(
                Side.DESTINATION, "images whole and durable, the dumper has exited 0");
    }

    private static Outcome pagesComplete() {
        return Outcome.pagesComplete(
                Side.DESTINATION,
                "pages complete: images whole and durable; whether the dump has succeeded its own"
                        + " exit code says, at the source");
    }

    private static boolean endsAMigration(Frame frame) {
        return frame instanceof Recommit || frame instanceof Abort;
    }

    private static void refuseWhileDraining(Frame frame) {
        if (frame instanceof Block block) {
            block.content().release();
        }
        throw new SessionException(
                CloseReason.STOPPED_IDLE,
                "the destination was told to stop and takes nothing new, only the end of migrations"
                        + " that are under way: try again when it has been started anew");
    }

    private void refuse(Frame frame) {
        if (frame instanceof Block block) {
            block.content().release();
        }
        throw new SessionException(
                CloseReason.TUNNEL_PROTOCOL,
                "the source sent "
                        + frame.getClass().getSimpleName()
                        + " while "
                        + state.getClass().getSimpleName());
    }

    private void onProbe() {
        tunnel.send(
                new Probed(
                        config.agent(),
                        pageServers.version(),
                        pageServers.layout(),
                        config.host()));
        over(new Outcome(CloseReason.PROBED, Side.SOURCE, "answered", Optional.empty()));
    }

    /** Another session's lane: it has the connection from now on, and this one ends. */
    private void onJoin(Join join) {
        services.registry().join(join, tunnel);
        notPending();
        tunnel.expectBlocks();
        state = new Over(new Outcome(CloseReason.JOINED, Side.SOURCE, "", Optional.empty()));
        report.complete(reportOf(((Over) state).outcome()));
    }

    /** It brings a session's other images: another decides on the connection from now on. */
    private void onAttach(Attach attach) {
        ServedSession other =
                new AttachHandler(services.forMigrations())
                        .take(new IncomingConnection(tunnel, loop, facts), attach)
                        .orElseThrow();
        attachment = other;
        onAdmitted();
        state = new Over(new Outcome(CloseReason.JOINED, Side.SOURCE, "", Optional.empty()));
        Reactions.when(other.report(), report::complete, report::completeExceptionally);
    }

    /** It is about a migration whose own connection broke, and this session ends. */
    private void onRecommit(Recommit again) {
        new RecommitHandler(services.migrations())
                .take(new IncomingConnection(tunnel, loop, facts), again);
        state = new Over(new Outcome(CloseReason.JOINED, Side.SOURCE, "", Optional.empty()));
        report.complete(reportOf(((Over) state).outcome()));
    }

    private void onAdmitted() {
        notPending();
        admitted.complete(null);
    }

    /** The connection belongs to a session now. */
    private void notPending() {
        services.pending().end(tunnel.channel(), tunnel.security().peer());
    }

    private void onHello(Hello greeting) {
        hello = greeting;
        facts.greeted(greeting);
        tunnel.setPeerTimeoutMillis(greeting.peerTimeoutMillis());
        config.host()
                .mismatchWith(greeting.host())
                .ifPresent(
                        why -> {
                            throw new SessionException(CloseReason.INCOMPATIBLE_HOSTS, why);
                        });
        Optional<SessionName> session = greeting.session().map(SessionName::new);
        Optional<SessionName> parent = greeting.parent().map(SessionName::new);
        grant = services.policy().admit(tunnel.security().peer(), session, parent);
        PageServers own = pageServers.with(grant.pageServerArguments());
        pageServers = own;
        services.slots().take();
        slotTaken = true;
        if (greeting.role() == SessionRole.LAZY) {
            serveLazily(session);
            return;
        }
        state = new Preparing();
        ofMigration =
                services.migrations().awaitPages(greeting.session(), tunnel.security().peer());
        onAdmitted();
        workers.run(
                () -> SessionImages.prepare(config.imagesDir(), session, parent, own),
                this::onPrepared,
                this::onWorkFailed);
    }

    /** A machine of its own has the tunnel from now on; this one waits for its report. */
    private void serveLazily(Optional<SessionName> session) {
        Optional<LazyRestore> migrated =
                services.migrations().lazyRestore(hello.session(), tunnel.security().peer());
        LazyDaemons daemons =
                migrated.<LazyDaemons>map(LazyRestore::daemons)
                        .or(services::lazy)
                        .orElseThrow(DestSession::noLazyHere);
        if (!grant.lazy()) {
            throw new SessionException(
                    CloseReason.SESSION_NOT_ALLOWED,
                    "the destination's --policy lets this peer have no lazy session (lazy: true"
                            + " allows them)");
        }
        LazyDestSession serving =
                new LazyDestSession(
                        new LazyPlan(
                                daemons,
                                migrated.<FedTree>map(tree -> tree).orElse(FedTree.OTHERS),
                                session,
                                config.limits().readAheadBytes(),
                                grant,
                                config.host().pageSizeBytes(),
                                config.timeouts(),
                                config.pageServerTimeout(),
                                config.agent(),
                                facts.peerAddress()),
                        tunnel,
                        loop);
        serving.begin(services.workers());
        lazy = serving;
        state = new Ready();
        onAdmitted();
        tunnel.expectBlocks();
        tunnel.setListener(serving);
        Reactions.when(serving.report(), loop, this::onLazyOver, report::completeExceptionally);
    }

    private static SessionException noLazyHere() {
        return new SessionException(
                CloseReason.SESSION_NOT_ALLOWED,
                "the destination serves no lazy sessions: start it with -- criu lazy-pages ...");
    }

    private void onLazyOver(SessionReport over) {
        state = new Over(over.outcome());
        intake.close();
        services.slots().giveBack();
        grant.giveBack();
        report.complete(over);
    }

    private void onPrepared(SessionImages prepared) {
        images = prepared;
        facts.prepared(prepared.path());
        pageServer = new PageServerLink(prepared.takeSocket(), loop, this);
        intake.begin(grant, pageServer, prepared.path(), earlierStreams(prepared));
        if (state instanceof Over over) {
            cleanUp(over.outcome());
            return;
        }
        Reactions.when(prepared.exit(), loop, this::onPageServerGone, this::onPageServerLost);
        pageServer.up().addListener(up -> onPageServerUp(up.isSuccess()));
    }

    private List<WrittenStream> earlierStreams(SessionImages prepared) {
        return pageServers.thinOutParents()
                ? List.of()
                : services.chains()
                        .find(
                                prepared.parentPath(),
                                tunnel.security().peer().fingerprint(),
                                hello.knownPages());
    }

    private void onPageServerUp(boolean success) {
        if (!success) {
            fail(CloseReason.LOCAL_FAILURE, "the page server's socket cannot be watched");
        } else if (state instanceof Preparing) {
            state = new Ready();
            tunnel.expectBlocks();
            int granted = Math.min(hello.lanes(), config.limits().lanes());
            if (granted > 1) {
                lanes = severalLanes(granted);
            }
            tunnel.send(
                    new Accept(
                            config.agent(),
                            pageServers.version(),
                            pageServers.layout(),
                            images.path().toString(),
                            config.timeouts().peer().toMillis(),
                            BlockDecoder.codecs(),
                            StreamIntake.REFERENCE_DISTANCE,
                            intake.earlierPages(),
                            lanes.grant()));
        }
    }

    private DestLanes severalLanes(int granted) {
        LaneInvitation invitation =
                services.registry()
                        .invite(granted, tunnel.security().peer(), hello.peerTimeoutMillis());
        return new SeveralLanes(
                tunnel, invitation, loop, this::onBlock, this::onEnd, this::onTunnelFailure);
    }

    private void onOpen(RecordLayout layout) {
        services.policy()
                .requireStillAllowed(
                        tunnel.security().peer(), hello.session().map(SessionName::new));
        facts.streamBegins();
        state = new Streaming();
        intake.open(layout, pageServers.layout());
        watchPageServer();
        config.timeouts()
                .session()
                .ifPresent(limit -> scheduleUnlessDone(limit, this::failForTime));
        lanes.open();
    }

    private void onBlock(Block block) {
        intake.take(block, tunnel.channel().alloc());
    }

    /** A worker had to read pages that a block refers to, and it could not go on. */
    private void onBlockFailed(Throwable cause) {
        if (cause instanceof PageStreamException) {
            fail(CloseReason.DUMPER_PROTOCOL, cause.getMessage());
        } else {
            onWorkFailed(cause);
        }
    }

    private void onEnd(End end) {
        intake.end(end);
        if (end.totals().processes() == 0) {
            throw new SessionException(
                    CloseReason.DUMP_FAILED,
                    "the dumper ended its stream without a single process, so its dump has failed");
        }
        state = new Closing();
        pageServer.sendClose();
    }

    /** A source that does not read its answers is asked for no more. */
    @Override
    public void onWritabilityChanged(boolean writable) {
        if (lanes != null && !(state instanceof Over)) {
            flow.set(Hold.ANSWERS, !writable);
        }
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        fail(reason, message);
    }

    // ---- the page server

    @Override
    public void onPageServerBytes(ByteBuf in) {
        try {
            if (state instanceof Streaming) {
                tunnel.send(pageServer.answer(in));
            } else if (state instanceof Closing
                    && !statusGood
                    && in.readableBytes() == Integer.BYTES
                    && in.readIntLE() == 0) {
                statusGood = true;
            } else {
                throw new SessionException(
                        CloseReason.PAGE_SERVER_FAILED,
                        "the page server said something other than a good end");
            }
        } catch (SessionException e) {
            fail(e.reason(), e.getMessage());
        }
    }

    @Override
    public void onPageServerWritable(boolean writable) {
        flow.set(Hold.PAGE_SERVER, !writable);
    }

    /** Its tasks stand still at the source for as long as the page server is waited for. */
    private void watchPageServer() {
        new StallWatch(
                        config.pageServerTimeout(),
                        loop,
                        services.workers(),
                        images::activity,
                        pageServer::isAwaited,
                        pageServer::waitingBytes,
                        this::onPageServerStalled)
                .watchUntil(CompletableFuture.anyOf(report, images.exit()));
    }

    private void onPageServerStalled(Duration idle) {
        fail(
                CloseReason.PAGE_SERVER_FAILED,
                "the page server has done nothing for "
                        + idle.toSeconds()
                        + " s"
                        + (state instanceof Closing ? " after CLOSE, and has not exited" : "")
                        + ": it is killed (--page-server-timeout "
                        + config.pageServerTimeout().toSeconds()
                        + "s)");
    }

    private void onPageServerLost(Throwable cause) {
        fail(
                CloseReason.PAGE_SERVER_FAILED,
                "how the page server ended is not known: " + FailureText.of(cause));
    }

    /** Its last words may still lie in the socket when its exit is known: they come first. */
    private void onPageServerGone(ExitStatus exit) {
        pageServer.closed().addListener(closed -> onPageServerEnd(exit));
        loop.schedule(pageServer::close, LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void onPageServerEnd(ExitStatus exit) {
        facts.pageServerEnded(exit);
        if (exit.success() && statusGood && state instanceof Closing) {
            state = new Checking();
            checkStartNanos = System.nanoTime();
            workers.run(
                    () -> images.prove(intake.ledger(), config.sync()),
                    this::onImagesProven,
                    this::onWorkFailed);
        } else {
            fail(
                    CloseReason.PAGE_SERVER_FAILED,
                    "the page server ended before its time: " + exit.describe());
        }
    }

    /** The mark goes only where the session has not failed meanwhile: the dumper goes by that. */
    private void onImagesProven(ImagesVerdict verdict) {
        if (!(state instanceof Checking)) {
            return;
        }
        handedOver =
                services.migrations()
                        .pagesWhole(hello.session(), tunnel.security().peer(), images.folder());
        if (handedOver) {
            report(verdict); // The mark stays until the migration is over.
        } else if (ofMigration) {
            fail(CloseReason.DUMP_FAILED, "the migration of these pages has failed already");
        } else {
            state = new Marking();
            workers.run(
                    () -> images.markComplete(verdict, config.sync()),
                    this::onImagesWhole,
                    this::onMarkingFailed);
        }
    }

    private void onMarkingFailed(Throwable cause) {
        if (state instanceof Over over) {
            cleanUp(over.outcome());
        } else {
            state = new Checking();
            onWorkFailed(cause);
        }
    }

    private void onImagesWhole(ImagesVerdict verdict) {
        if (state instanceof Over over) {
            recall(over.outcome()); // No Result was sent, so the dumper hears failure.
        } else {
            report(verdict);
        }
    }

    /** The only place where success is said. */
    private void report(ImagesVerdict verdict) {
        state = new Reported();
        services.chains().add(intake.writtenPages(), tunnel.security().peer().fingerprint());
        tunnel.send(
                new Frame.Result(
                        0,
                        verdict.images(),
                        verdict.pages(),
                        (System.nanoTime() - checkStartNanos) / 1e9));
    }

    // ---- the end

    private void failUnlessGreeted() {
        if (state instanceof Handshaking || state instanceof Greeting) {
            fail(
                    CloseReason.PEER_SILENT,
                    "the peer did not ask for a session within --handshake-timeout "
                            + config.timeouts().handshake().toSeconds()
                            + "s");
        }
    }

    private void failForTime() {
        fail(CloseReason.SESSION_TIMEOUT, "the session was not done within --session-timeout");
    }

    @Override
    public void fail(CloseReason reason, String message) {
        if (lazy != null) {
            lazy.fail(reason, message);
            return;
        }
        if (attachment != null) {
            attachment.fail(reason, message);
            return;
        }
        over(
                Outcome.failed(
                        Side.DESTINATION,
                        reason,
                        state instanceof Reported
                                ? message
                                        + "; the images are whole, but whether the dumper heard so"
                                        + " is not known: before a restore make sure that the tasks"
                                        + " are gone at the source"
                                : message));
    }

    private void over(Outcome outcome) {
        DestState before = state;
        if (before instanceof Over) {
            return;
        }
        state = new Over(outcome);
        if (lanes != null) {
            lanes.over();
        }
        intake.close();
        if (before instanceof Marking || (before instanceof Preparing && images == null)) {
            return; // The worker will be back, and the rest is done then.
        }
        if (images == null) {
            conclude(outcome);
        } else if (before instanceof Reported) {
            endAfterReport(outcome);
        } else {
            cleanUp(outcome);
        }
    }

    /** Of the dumper only the source knows; where it says nothing, the images stay as they are. */
    private void endAfterReport(Outcome outcome) {
        if (outcome.good() || outcome.side() == Side.DESTINATION) {
            conclude(outcome);
        } else if (handedOver) {
            services.migrations().pagesFailed(hello.session(), tunnel.security().peer(), outcome);
            conclude(outcome);
        } else {
            recall(outcome);
        }
    }

    private void recall(Outcome outcome) {
        workers.run(() -> images.recall(outcome), this::conclude, failure -> conclude(outcome));
    }

    private void cleanUp(Outcome outcome) {
        pageServer.close();
        workers.run(() -> images.abandon(outcome), this::conclude, failure -> conclude(outcome));
    }

    private void conclude(Outcome outcome) {
        if (slotTaken) {
            services.slots().giveBack();
        }
        if (grant != null) {
            grant.giveBack();
        }
        SessionReport complete = reportOf(outcome);
        if (tunnel == null) {
            report.complete(complete);
            return;
        }
        Reactions.whenDone(lanes.closed(), () -> report.complete(complete));
        boolean peerKnows = outcome.side() == Side.SOURCE;
        if (outcome.good() || outcome.reason() == CloseReason.PROBED || peerKnows) {
            tunnel.close();
        } else {
            tunnel.abort(outcome);
        }
    }

    private SessionReport reportOf(Outcome outcome) {
        return facts.report(outcome, ownFigures());
    }

    @Override
    public SessionFigures figures() {
        if (lazy != null) {
            return lazy.figures();
        }
        return attachment == null ? ownFigures() : attachment.figures();
    }

    @Override
    public String stateName() {
        if (lazy != null) {
            return lazy.stateName();
        }
        return attachment == null
                ? state.getClass().getSimpleName().toLowerCase(Locale.ROOT)
                : attachment.stateName();
    }

    private SessionFigures ownFigures() {
        Optional<SessionFacts.Wire> wire = Optional.ofNullable(lanes).map(DestLanes::wire);
        return facts.figures(intake.totals(), wire, intake.coding());
    }

    private void onWorkFailed(Throwable cause) {
        if (state instanceof Over over && images == null) {
            conclude(over.outcome());
        } else if (cause instanceof SessionException ended) {
            fromPreparing(ended.reason(), ended.getMessage());
        } else {
            fromPreparing(CloseReason.LOCAL_FAILURE, FailureText.of(cause));
        }
    }

    /** The worker has failed, so nothing is left to wait for. */
    private void fromPreparing(CloseReason reason, String message) {
        if (state instanceof Preparing) {
            state = new Greeting();
        }
        fail(reason, message);
    }

    private void scheduleUnlessDone(Duration time, Runnable task) {
        EventLoops.scheduleUnlessDone(report, loop, time, task);
    }
}
