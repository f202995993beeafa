package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.dest.session.Admission;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.Done;
import io.pageproxy.frame.Frame.Get;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.pagestream.LazyReplies;
import io.pageproxy.pagestream.LazyReplyListener;
import io.pageproxy.pagestream.LazyRequests;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.PageStreamException;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.ProcessActivity;
import io.pageproxy.process.StallWatch;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.text.FailureText;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one who decides in a lazy session of the destination: between the tunnel and the lazy-pages
 * daemon. The daemon says CLOSE even where it has failed; so its CLOSE stays here, and the source
 * hears Done in exactly one place, {@link #release}, when the daemon has exited 0. Of a daemon that
 * is not our child there is no exit code: there its CLOSE has to do.
 *
 * <pre>
 *   PREPARING --daemon started / Accept--> SERVING
 *   SERVING --GET of the daemon / Get; Block / its bytes to the daemon--> SERVING
 *   SERVING --CLOSE of our daemon / its status--> EXITING --it exits 0 / Done--> RELEASING
 *   SERVING --CLOSE of another's, all it asked for has come / its status, Done--> RELEASING
 *   RELEASING --Delivered--> OVER
 *   any --any failure / the daemon loses its socket, Abort--> OVER
 * </pre>
 *
 * <p>Everything runs on the event loop that both channels share; only the report is for others. The
 * file is long because it is one machine: what may happen in which state is to be seen in one
 * place.
 */
final class LazyDestSession implements TunnelListener, LazyDaemonListener, ServedSession {
    private enum State {
        PREPARING,
        SERVING,
        EXITING,
        RELEASING,
        OVER
    }

    private static final Logger LOG = LoggerFactory.getLogger(LazyDestSession.class);

    /** More is not read ahead, whatever is allowed. */
    private static final long MOST_PAGES = 1 << 28;

    private final DestConfig config;
    private final Executor workers;
    private final LazyTarget target;
    private final Admission admission;
    private final Tunnel tunnel;
    private final EventLoop loop;
    private final SessionFacts facts;
    private final CompletableFuture<SessionReport> report = new CompletableFuture<>();
    private final CompletableFuture<Void> daemonEnded = new CompletableFuture<>();
    private final LazyRequests requests;
    private final LazyReplies replies;
    private final ReadAhead pages;
    private final BlockDecoder decoder;

    private State state = State.PREPARING;
    private LazyDaemon daemon;
    private OptionalInt daemonExit = OptionalInt.empty();
    private long firstByteNanos;

    /** When the tree of a failed session can do no harm any more. */
    private CompletableFuture<Void> treeSafe = CompletableFuture.completedFuture(null);

    /** A session that was admitted; it releases the admission when it is over. */
    LazyDestSession(
            LazyServices services,
            IncomingConnection connection,
            Admission admission,
            LazyTarget target) {
        this.config = services.config();
        this.workers = services.workers();
        this.target = target;
        this.admission = admission;
        this.tunnel = connection.tunnel();
        this.loop = connection.loop();
        this.facts = connection.facts();
        this.requests = new LazyRequests(target.daemons().layout(), config.host().pageSizeBytes());
        this.replies = new LazyReplies(target.daemons().layout(), config.host().pageSizeBytes());
        this.pages =
                new ReadAhead(
                        target.daemons().layout(),
                        config.host().pageSizeBytes(),
                        (int)
                                Math.min(
                                        config.limits().readAheadBytes()
                                                / config.host().pageSizeBytes(),
                                        MOST_PAGES),
                        tunnel.channel().alloc(),
                        this::askSource,
                        this::answerDaemon,
                        System::nanoTime);
        this.decoder =
                new BlockDecoder(config.host().pageSizeBytes(), LazyDestSession::refuseReference);
    }

    private static void refuseReference(long firstIndex, int pages, ByteBuf to) {
        throw new SessionException(
                CloseReason.TUNNEL_PROTOCOL, "a lazy session's block refers to earlier pages");
    }

    /**
     * Starts the daemon on one of the workers, then goes on here.
     *
     * @throws SessionException SESSION_INVALID where the command wants a name and there is none
     */
    void begin() {
        LazyDaemon starting = target.daemons().daemon(admission.session(), loop, this);
        Reactions.when(
                target.tree().ending(),
                loop,
                why -> fail(why.reason(), why.message()),
                this::onFault);
        Reactions.when(
                CompletableFuture.runAsync(() -> start(starting), workers),
                loop,
                started -> onDaemonStarted(starting),
                this::onDaemonNotStarted);
    }

    private static void start(LazyDaemon daemon) {
        try {
            daemon.start();
        } catch (IOException e) {
            throw new SessionException(CloseReason.LOCAL_FAILURE, FailureText.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SessionException(CloseReason.SHUTDOWN, "interrupted");
        }
    }

    private void onFault(Throwable fault) {
        LOG.error("a fault of pageproxy's own, please report it", fault);
        fail(CloseReason.LOCAL_FAILURE, "a fault of pageproxy's own: " + fault);
    }

    private void onDaemonNotStarted(Throwable failure) {
        daemonEnded.complete(null);
        fail(CloseReason.LOCAL_FAILURE, FailureText.of(failure));
    }

    private void onDaemonStarted(LazyDaemon started) {
        daemon = started;
        if (!daemon.exitTells()) {
            daemonEnded.complete(null);
        }
        if (state == State.OVER) {
            daemon.serve();
            onLoop(treeSafe, daemon::giveUp);
            return;
        }
        state = State.SERVING;
        tunnel.send(
                new Accept(
                        config.agent(),
                        target.daemons().version(),
                        target.daemons().layout(),
                        "",
                        config.timeouts().peer().toMillis(),
                        BlockDecoder.codecs(),
                        OptionalLong.empty(),
                        0,
                        LaneGrant.ONE));
        daemon.serve();
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
        return firstByteNanos != 0 && state != State.OVER;
    }

    /** A tree that waits for its memory fails with it. */
    @Override
    public boolean idle() {
        return !streaming() && target.tree() == FedTree.OTHERS;
    }

    // ---- the tunnel

    @Override
    public void onTunnelUp(Tunnel up) {
        throw new IllegalStateException("the tunnel is up already");
    }

    @Override
    public void onFrame(Frame frame) {
        if (frame instanceof Block block) {
            if (state == State.OVER) {
                block.content().release();
            } else {
                onBlock(block);
            }
        } else if (frame instanceof Delivered && state == State.RELEASING) {
            target.tree().released();
            over(
                    Outcome.completed(
                            Side.DESTINATION,
                            "the restored tasks hold all their pages, and the source's may end"));
        } else if (frame instanceof Abort abort) {
            over(abort.outcome(Side.SOURCE, idle()));
        } else {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the source sent " + frame.getClass().getSimpleName() + " while " + state);
        }
    }

    private void onBlock(Block block) {
        ByteBuf plain = decoder.decode(block, tunnel.channel().alloc());
        try {
            admission.grant().count(plain.readableBytes());
            replies.read(plain, state == State.SERVING ? pages : LazyReplyListener.NONE);
            if (plain.isReadable()) {
                throw new SessionException(
                        CloseReason.TUNNEL_PROTOCOL, "the source sent pages that nobody asked for");
            }
            if (state == State.SERVING) {
                pages.settle();
            }
        } catch (PageStreamException e) {
            throw new SessionException(CloseReason.TUNNEL_PROTOCOL, e.getMessage());
        } finally {
            plain.release();
        }
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        // Only requests and keepalives go this way: there is nothing to slow.
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        fail(
                reason,
                state == State.RELEASING
                        ? message
                                + "; the restored tasks hold all their pages, but whether the"
                                + " source's have ended is not known: make sure that only one copy"
                                + " runs"
                        : message);
    }

    // ---- the daemon

    @Override
    public void onDaemonBytes(ByteBuf in) {
        if (state != State.SERVING) {
            return;
        }
        if (firstByteNanos == 0) {
            firstByteNanos = System.nanoTime();
            daemon.images().ifPresent(this::learnFrom);
        }
        try {
            requests.read(in, pages::asked);
        } catch (PageStreamException e) {
            fail(CloseReason.PAGE_SERVER_FAILED, "criu lazy-pages: " + e.getMessage());
            return;
        }
        if (requests.closed()) {
            onClose();
        }
    }

    /** Where no exit code will tell, its word has to do, unless it is plain that it is not true. */
    private void onClose() {
        if (daemon.exitTells()) {
            state = State.EXITING;
            daemon.answerClose();
            daemon.pid().ifPresent(this::watchExit);
        } else if (pages.isIdle() && replies.totals().pages() > 0) {
            daemon.answerClose();
            release();
        } else {
            fail(
                    CloseReason.PAGE_SERVER_FAILED,
                    "criu lazy-pages said CLOSE before its pages had come"
                            + target.tree().afterFailure());
        }
    }

    /** Until it has exited the source's tasks stand still. */
    private void watchExit(int pid) {
        new StallWatch(
                        config.pageServerTimeout(),
                        loop,
                        workers,
                        () -> ProcessActivity.of(pid),
                        () -> true,
                        () -> 0,
                        this::onDaemonStalled)
                .watchUntil(CompletableFuture.anyOf(daemonEnded, report));
    }

    private void onDaemonStalled(Duration idle) {
        fail(
                CloseReason.PAGE_SERVER_FAILED,
                "criu lazy-pages has done nothing for "
                        + idle.toSeconds()
                        + " s after CLOSE, and has not exited (--page-server-timeout "
                        + config.pageServerTimeout().toSeconds()
                        + "s)"
                        + target.tree().afterFailure());
    }

    /** The only place where the source hears that its tasks may end. */
    private void release() {
        state = State.EXITING;
        onLoop(
                target.tree().whole(),
                () -> {
                    if (state == State.EXITING) {
                        state = State.RELEASING;
                        tunnel.send(new Done());
                    }
                });
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

    /** It asks, so its images are there now. Without them it is served all the same. */
    private void learnFrom(Path images) {
        if (config.limits().readAheadBytes() == 0) {
            return;
        }
        Reactions.when(
                CompletableFuture.supplyAsync(() -> LazyImages.read(images), workers),
                loop,
                this::onLearnt,
                failure -> onNotLearnt(images, failure));
    }

    private static void onNotLearnt(Path images, Throwable failure) {
        LOG.warn(
                "of {} only what the daemon asks for is known, and little is read ahead: {}",
                images,
                FailureText.of(failure));
    }

    private void onLearnt(List<LazyImages.Run> runs) {
        if (state == State.SERVING) {
            runs.forEach(run -> pages.know(run.dstId(), run.vaddr(), run.nrPages()));
            pages.settle();
        }
    }

    private void askSource(PageRequest request) {
        replies.asked(request);
        tunnel.send(new Get(request));
    }

    private void answerDaemon(ByteBuf answer) {
        if (!daemon.send(answer)) {
            tunnel.setReading(false);
        }
    }

    @Override
    public void onDaemonWritable(boolean writable) {
        tunnel.setReading(writable);
    }

    @Override
    public void onDaemonGone() {
        tunnel.setReading(true);
        if (state == State.SERVING && !daemon.exitTells()) {
            fail(
                    CloseReason.PAGE_SERVER_FAILED,
                    "criu lazy-pages went without CLOSE" + target.tree().afterFailure());
        } // Else its exit says what happens next.
    }

    @Override
    public void onNoDaemon() {
        daemonEnded.complete(null);
    }

    @Override
    public void onDaemonExit(ExitStatus exit) {
        daemonExit = OptionalInt.of(exit.shellCode());
        daemonEnded.complete(null);
        if (state == State.EXITING && exit.success()) {
            daemon.close();
            release();
        } else {
            String message =
                    "criu lazy-pages ended"
                            + (state == State.EXITING ? "" : " without CLOSE")
                            + ": "
                            + exit.describe()
                            + target.tree().afterFailure();
            onLoop(
                    target.tree().restoreSettled(),
                    () -> fail(CloseReason.PAGE_SERVER_FAILED, message));
        }
    }

    // ---- the end

    @Override
    public void fail(CloseReason reason, String message) {
        over(Outcome.failed(Side.DESTINATION, reason, message));
    }

    private void over(Outcome outcome) {
        if (state == State.OVER) {
            return;
        }
        state = State.OVER;
        decoder.close();
        pages.close();
        LOG.info(
                "of {} requests of criu lazy-pages {} found their pages here",
                pages.requests(),
                pages.foundHere());
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
                    report.complete(reportOf(outcome));
                });
        tunnel.end(outcome);
    }

    private SessionReport reportOf(Outcome outcome) {
        return new SessionReport(figures(), outcome, daemonExit);
    }

    /** Where it stands, one word; on its event loop. */
    @Override
    public String stateName() {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /** How far it is; on its event loop. */
    @Override
    public SessionFigures figures() {
        return new SessionFigures(
                Side.DESTINATION,
                admission.session().map(SessionName::value),
                Optional.of(tunnel.security().authenticatedPeer()),
                facts.peerAddress(),
                replies.totals(),
                tunnel.sentBytes(),
                tunnel.receivedBytes(),
                1,
                firstByteNanos == 0 ? 0 : (System.nanoTime() - firstByteNanos) / 1e9,
                false,
                decoder.totals(),
                config.host().pageSizeBytes(),
                Optional.empty());
    }
}
