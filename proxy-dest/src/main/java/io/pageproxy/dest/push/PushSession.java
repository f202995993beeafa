package io.pageproxy.dest.push;

import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.images.ImagesVerdict;
import io.pageproxy.dest.lanes.BlockFlow;
import io.pageproxy.dest.lanes.BlockFlow.Hold;
import io.pageproxy.dest.lanes.DestLanes;
import io.pageproxy.dest.lanes.LaneListener;
import io.pageproxy.dest.lanes.OneLane;
import io.pageproxy.dest.lanes.SeveralLanes;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.dest.session.Admission;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.dest.session.Workers;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.net.EventLoops;
import io.pageproxy.pagestream.PageStreamException;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * State machine of one push session, between the lanes and the page server; {@link PushState} draws
 * it. Success is reported in exactly one place, {@link #report(ImagesVerdict)}, after the page
 * server has exited with 0 and its images were proven to contain what the stream carried.
 *
 * <p>Everything runs on the event loop of the session's connection; blocking work goes to workers
 * and its result comes back. The class is long because it is one machine: what each event does in
 * each state should be visible in one place.
 */
final class PushSession
        implements TunnelListener, LaneListener, PageServerSupervisor.Listener, ServedSession {
    private final PushServices services;
    private final DestConfig config;
    private final PageServers pageServers;
    private final Workers workers;
    private final EventLoop loop;
    private final Tunnel tunnel;
    private final SessionFacts facts;
    private final Hello hello;
    private final Admission admission;
    private final BlockFlow flow;
    private final PageStreamReceiver receiver;
    private final CompletableFuture<SessionReport> report = new CompletableFuture<>();

    private PushState state = PushState.PREPARING;
    private DestLanes lanes;
    private boolean ofMigration;
    private SessionImages images;
    private PageServerSupervisor pageServer;
    private long checkStartNanos;
    private boolean handedToMigration;
    private Outcome outcome;

    PushSession(
            PushServices services,
            IncomingConnection connection,
            Hello hello,
            Admission admission) {
        this.services = services;
        this.config = services.config();
        this.pageServers = services.pageServers().with(admission.grant().pageServerArguments());
        this.loop = connection.loop();
        this.workers = new Workers(services.workers(), loop);
        this.tunnel = connection.tunnel();
        this.facts = connection.facts();
        this.hello = hello;
        this.admission = admission;
        this.lanes = new OneLane(tunnel, this);
        this.flow = new BlockFlow(on -> lanes.flow(on));
        this.receiver =
                new PageStreamReceiver(
                        config.host().pageSizeBytes(),
                        config.limits(),
                        flow,
                        workers,
                        cause -> fail(PushOutcomes.ofBlock(cause)));
    }

    /** Starts to prepare; the connection has been handed over. */
    void begin() {
        ofMigration = services.migrations().awaitPages(hello.session(), peer());
        workers.run(
                () ->
                        SessionImages.prepare(
                                config.imagesDir(),
                                admission.session(),
                                admission.parent(),
                                config.spaceCheck() ? hello.expectedBytes() : 0,
                                config.claimant(peer()).inMigration(hello.migration()),
                                pageServers),
                this::onPrepared,
                this::onPreparationFailed);
    }

    private PeerIdentity peer() {
        return tunnel.security().peer();
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
        return facts.streamHasBegun() && state != PushState.OVER;
    }

    @Override
    public boolean idle() {
        return !streaming() && !ofMigration;
    }

    @Override
    public String stateName() {
        return state.label();
    }

    @Override
    public SessionFigures figures() {
        return facts.figures(receiver.totals(), Optional.of(lanes.wire()), receiver.coding());
    }

    private void enter(PushState next) {
        state = state.to(next);
    }

    // ---- the tunnel

    @Override
    public void onFrame(Frame frame) {
        try {
            dispatch(frame);
        } catch (PageStreamException e) {
            throw new SessionException(CloseReason.DUMPER_PROTOCOL, e.getMessage());
        }
    }

    private void dispatch(Frame frame) {
        if (frame instanceof Block block && state == PushState.STREAMING) {
            lanes.take(block);
        } else if (frame instanceof Open open && state == PushState.READY) {
            onOpen(open.layout());
        } else if (frame instanceof End end && state == PushState.STREAMING) {
            lanes.end(end);
        } else if (frame instanceof Delivered delivered && state == PushState.REPORTED) {
            over(PushOutcomes.delivered(delivered.dumpSucceeded()));
        } else if (frame instanceof Abort abort) {
            over(abort.outcome(Side.SOURCE, idle()));
        } else {
            throw frame.unexpectedFrom(Side.SOURCE, "while " + state.label());
        }
    }

    private void onOpen(RecordLayout layout) {
        services.policy().requireStillAllowed(peer(), admission.session());
        facts.streamBegins();
        enter(PushState.STREAMING);
        receiver.open(layout, pageServers.layout());
        pageServer.open(services.workers(), report);
        config.timeouts()
                .session()
                .ifPresent(
                        limit ->
                                EventLoops.scheduleUnlessDone(
                                        report, loop, limit, this::onTimeout));
        lanes.open();
    }

    private void onTimeout() {
        fail(CloseReason.SESSION_TIMEOUT, "the session was not complete within --session-timeout");
    }

    @Override
    public void onBlock(Block block) {
        receiver.take(block, tunnel.channel().alloc());
    }

    @Override
    public void onEnd(End end) {
        receiver.end(end);
        if (end.totals().processes() == 0) {
            throw new SessionException(
                    CloseReason.DUMP_FAILED,
                    "the dumper ended its stream without a single process, so its dump has failed");
        }
        enter(PushState.CLOSING);
        pageServer.sendClose();
    }

    /** A source that does not read its answers may send no more blocks. */
    @Override
    public void onWritabilityChanged(boolean writable) {
        if (state != PushState.OVER) {
            flow.set(Hold.ANSWERS, !writable);
        }
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        fail(reason, message);
    }

    // ---- the folder and the page server

    private void onPrepared(SessionImages prepared) {
        images = prepared;
        facts.prepared(prepared.path());
        if (ofMigration) {
            services.migrations().folderClaimed(hello.session(), peer(), prepared.path());
        }
        pageServer = new PageServerSupervisor(prepared, loop, config.pageServerTimeout(), this);
        if (state == PushState.OVER) {
            cleanUp();
            return;
        }
        receiver.begin(
                admission.grant(),
                pageServer.link(),
                prepared.path(),
                services.earlierStreams(
                        pageServers, prepared.parentPath(), peer(), hello.knownPages()));
        pageServer.begin(this::accept);
    }

    private void onPreparationFailed(Throwable cause) {
        enterOver(PushOutcomes.ofWork(cause));
        if (images == null) {
            conclude(outcome);
        } else {
            cleanUp();
        }
    }

    private void accept() {
        if (state != PushState.PREPARING) {
            return;
        }
        enter(PushState.READY);
        tunnel.expectBlocks();
        int granted = Math.min(hello.lanes(), config.limits().lanes());
        if (granted > 1) {
            lanes =
                    new SeveralLanes(
                            services.lanes(),
                            tunnel,
                            granted,
                            hello.peerTimeoutMillis(),
                            loop,
                            this);
        }
        tunnel.send(
                services.accept(
                        pageServers, images.path(), receiver.earlierPages(), lanes.grant()));
    }

    @Override
    public void onAnswer(Answer answer) {
        if (state == PushState.STREAMING) {
            tunnel.send(answer);
        }
    }

    @Override
    public void onPageServerWritable(boolean writable) {
        flow.set(Hold.PAGE_SERVER, !writable);
    }

    @Override
    public void onPageServerExit(ExitStatus exit, boolean completed) {
        facts.pageServerEnded(exit);
        if (completed && state == PushState.CLOSING) {
            enter(PushState.CHECKING);
            checkStartNanos = System.nanoTime();
            workers.run(
                    () -> images.prove(receiver.ledger(), syncBeforeResult()),
                    this::onImagesProven,
                    cause -> fail(PushOutcomes.ofWork(cause)));
        } else {
            fail(
                    CloseReason.PAGE_SERVER_FAILED,
                    "the page server exited too early: " + exit.describe());
        }
    }

    // ---- the images

    /** The tree of a migration is frozen meanwhile, and its migration syncs all images itself. */
    private ImagesSync syncBeforeResult() {
        return ofMigration ? ImagesSync.NONE : config.sync();
    }

    /** The mark stays if the session has failed meanwhile, or until a migration is over. */
    private void onImagesProven(ImagesVerdict verdict) {
        if (state != PushState.CHECKING) {
            return;
        }
        handedToMigration =
                services.migrations().pagesWhole(hello.session(), peer(), images.folder());
        if (handedToMigration) {
            report(verdict);
        } else if (ofMigration) {
            fail(CloseReason.DUMP_FAILED, "the migration of these pages has failed already");
        } else {
            enter(PushState.MARKING);
            workers.run(
                    () -> images.markComplete(verdict, config.sync()),
                    this::onMarked,
                    this::onMarkingFailed);
        }
    }

    private void onMarkingFailed(Throwable cause) {
        enterOver(PushOutcomes.ofWork(cause));
        cleanUp();
    }

    private void onMarked(ImagesVerdict verdict) {
        if (state == PushState.OVER) {
            recall(); // No RESULT was sent, so the dumper receives a failure.
        } else {
            report(verdict);
        }
    }

    /** The only place that reports success. */
    private void report(ImagesVerdict verdict) {
        enter(PushState.REPORTED);
        services.chains().add(receiver.writtenPages(), peer().fingerprint());
        tunnel.send(
                new Frame.Result(
                        0,
                        verdict.images(),
                        verdict.pages(),
                        (System.nanoTime() - checkStartNanos) / 1e9));
    }

    // ---- the end

    @Override
    public void fail(CloseReason reason, String message) {
        over(
                state == PushState.REPORTED
                        ? PushOutcomes.failedAfterReport(reason, message)
                        : PushOutcomes.failed(reason, message));
    }

    private void fail(Outcome failed) {
        fail(failed.reason(), failed.message());
    }

    private void over(Outcome end) {
        PushState before = state;
        if (before == PushState.OVER) {
            return;
        }
        enterOver(end);
        if (images == null || before == PushState.MARKING) {
            return; // A worker is preparing or marking; the rest is done when it is back.
        }
        if (before == PushState.REPORTED) {
            endAfterReport();
        } else {
            cleanUp();
        }
    }

    /** The first outcome counts; lanes and stream end at once. */
    private void enterOver(Outcome end) {
        if (state != PushState.OVER) {
            enter(PushState.OVER);
            outcome = end;
            lanes.over();
            receiver.close();
        }
    }

    /** Only the source knows how the dumper ended; if it says nothing, the images stay whole. */
    private void endAfterReport() {
        if (outcome.good() || outcome.side() == Side.DESTINATION) {
            conclude(outcome);
        } else if (handedToMigration) {
            services.migrations().pagesFailed(hello.session(), peer(), outcome);
            conclude(outcome);
        } else {
            recall();
        }
    }

    private void recall() {
        workers.run(() -> images.recall(outcome), this::conclude, failed -> conclude(outcome));
    }

    private void cleanUp() {
        pageServer.close();
        workers.run(() -> images.abandon(outcome), this::conclude, failed -> conclude(outcome));
    }

    private void conclude(Outcome end) {
        admission.release();
        SessionReport complete = facts.report(end, figures());
        Reactions.whenDone(lanes.closed(), () -> report.complete(complete));
        tunnel.end(end, Side.SOURCE);
    }
}
