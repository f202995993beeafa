package io.pageproxy.source.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Done;
import io.pageproxy.frame.Frame.Get;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.pagestream.LazyReplies;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.PageStreamException;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.AuthenticatedPeer;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Progress;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.SessionRole;
import io.pageproxy.session.Side;
import io.pageproxy.source.tunnel.DialledSession;
import io.pageproxy.text.FailureText;
import io.pageproxy.tunnel.Tunnel;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The one who decides in a lazy session of the source: between the tunnel and the CRIU that keeps
 * the pages. That CRIU is told to end well, which ends the source's tasks, in exactly one place,
 * {@link #endWell}, after the destination has said Done; in every other case it is reset, and its
 * tasks run on.
 *
 * <pre>
 *   CONNECTING --TLS up / Hello--> GREETING --Accept / the dump may begin--> SERVING
 *   SERVING --Get / asked of CRIU; what it answers / Block--> SERVING
 *   SERVING --Done / CLOSE to CRIU--> CLOSING --its status is 0 / Delivered--> OVER
 *   any --any failure / CRIU's socket is reset, Abort--> OVER
 * </pre>
 *
 * <p>Everything runs on the event loop that both channels share; only the futures are for others.
 * The file is long because it is one machine: what may happen in which state is to be seen in one
 * place.
 */
final class LazySession implements DialledSession, LazyDumperListener {
    private enum State {
        CONNECTING,
        GREETING,
        SERVING,
        CLOSING,
        OVER
    }

    private final LazyConfig config;
    private final EventLoop loop;
    private final DumperDialer dialer;
    private final DumperCheck users;
    private final CompletableFuture<Accept> accepted = new CompletableFuture<>();
    private final CompletableFuture<Void> dumperCame = new CompletableFuture<>();
    private final CompletableFuture<Void> allThere = new CompletableFuture<>();
    private final CompletableFuture<SessionReport> report = new CompletableFuture<>();

    /** What was asked for before CRIU had come. */
    private final Queue<PageRequest> early = new ArrayDeque<>();

    private State state = State.CONNECTING;
    private Tunnel tunnel;
    private LazyDumper dumper;
    private LazyReplies replies;
    private PageBlocks blocks;
    private Optional<AuthenticatedPeer> peer = Optional.empty();
    private boolean dumperVouchedFor;
    private boolean answerWatched;
    private long firstByteNanos;

    LazySession(LazyConfig config, EventLoop loop, DumperDialer dialer) {
        this(config, loop, dialer, config.users()::admits);
    }

    LazySession(LazyConfig config, EventLoop loop, DumperDialer dialer, DumperCheck users) {
        this.config = config;
        this.users = users;
        this.loop = loop;
        this.dialer = dialer;
    }

    @Override
    public CompletableFuture<Accept> accepted() {
        return accepted;
    }

    /** Completes when the CRIU that keeps the pages has come; never where it does not. */
    CompletableFuture<Void> dumperCame() {
        return dumperCame;
    }

    /** Completes when the destination has all pages; never where it does not come so far. */
    CompletableFuture<Void> allThere() {
        return allThere;
    }

    @Override
    public CompletableFuture<SessionReport> report() {
        return report;
    }

    @Override
    public boolean hasTunnel() {
        return tunnel != null;
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public boolean streaming() {
        return dumper != null && state != State.OVER;
    }

    // ---- the tunnel

    @Override
    public void onTunnelUp(Tunnel up) {
        tunnel = up;
        if (state == State.OVER) {
            up.close();
            return;
        }
        peer = Optional.of(up.security().authenticatedPeer());
        state = State.GREETING;
        tunnel.send(
                new Hello(
                        config.agent(),
                        config.host(),
                        config.session(),
                        Optional.empty(),
                        config.timeouts().peer().toMillis(),
                        1,
                        0,
                        SessionRole.LAZY));
    }

    @Override
    public void onFrame(Frame frame) {
        if (frame instanceof Get get && state == State.SERVING) {
            onGet(get.request());
        } else if (frame instanceof Accept accept && state == State.GREETING) {
            onAccept(accept);
        } else if (frame instanceof Done && state == State.SERVING) {
            onDone();
        } else if (frame instanceof Abort abort) {
            over(abort.outcome(Side.DESTINATION, idle()));
        } else {
            throw frame.unexpectedFrom(Side.DESTINATION, "while " + stateName());
        }
    }

    private void onAccept(Accept accept) {
        tunnel.setPeerTimeoutMillis(accept.peerTimeoutMillis());
        replies = new LazyReplies(accept.layout(), config.host().pageSizeBytes());
        blocks = new PageBlocks(config, accept, tunnel);
        state = State.SERVING;
        accepted.complete(accept);
        dialer.dial(loop, this, () -> state == State.SERVING && dumper == null);
    }

    private void onGet(PageRequest request) {
        try {
            replies.asked(request);
        } catch (PageStreamException e) {
            throw new SessionException(CloseReason.TUNNEL_PROTOCOL, e.getMessage());
        }
        watchAnswers();
        if (dumper == null) {
            early.add(request);
        } else {
            dumper.ask(request, layout());
        }
    }

    private RecordLayout layout() {
        return accepted.join().layout();
    }

    /** The restored tasks hold all their pages. */
    private void onDone() {
        if (dumper == null) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the destination says that all pages have come, but none was asked for");
        }
        state = State.CLOSING;
        allThere.complete(null);
        dumper.setReading(true);
        dumper.sayClose(layout());
        watchAnswers();
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        if (dumper != null && state == State.SERVING) {
            dumper.setReading(writable);
        }
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        fail(
                reason,
                state == State.CLOSING
                        ? message
                                + "; the destination has said that the restored tasks hold all pages:"
                                + " end either those or the tasks here"
                        : message);
    }

    // ---- CRIU

    @Override
    public void onDumper(LazyDumper connected) {
        if (state != State.SERVING || dumper != null) {
            connected.reset();
            return;
        }
        dumper = connected;
        firstByteNanos = System.nanoTime();
        while (!early.isEmpty()) {
            dumper.ask(early.remove(), layout());
        }
        dumperCame.complete(null);
    }

    @Override
    public void onDumperBytes(ByteBuf in) {
        if (state == State.OVER || !vouchForDumper()) {
            return;
        }
        try {
            int startIndex = in.readerIndex();
            replies.read(in);
            if (state == State.SERVING) {
                blocks.add(in.slice(startIndex, in.readerIndex() - startIndex));
            }
            if (in.isReadable()) {
                onStatus(in);
            }
        } catch (PageStreamException e) {
            fail(
                    CloseReason.DUMPER_PROTOCOL,
                    "criu at " + config.lazyPages() + ": " + e.getMessage());
        }
    }

    /** Who accepted the connection is known only once it has answered. */
    private boolean vouchForDumper() {
        if (dumperVouchedFor) {
            return true;
        }
        try {
            dumperVouchedFor = users.admits(dumper.channel());
        } catch (IOException e) {
            fail(
                    CloseReason.LOCAL_FAILURE,
                    "whose process sends the pages at --lazy-pages "
                            + config.lazyPages()
                            + " cannot be asked for: "
                            + FailureText.of(e));
            return false;
        }
        if (!dumperVouchedFor) {
            fail(
                    CloseReason.DUMPER_PROTOCOL,
                    "pages at --lazy-pages "
                            + config.lazyPages()
                            + " come from another user's process; choose a port that nobody else"
                            + " takes, and run this as the user of criu or as root");
        }
        return dumperVouchedFor;
    }

    /** Whether the process at the other end may be the CRIU that keeps the pages. */
    @FunctionalInterface
    interface DumperCheck {
        boolean admits(Channel dumper) throws IOException;
    }

    private void onStatus(ByteBuf in) {
        if (state == State.CLOSING && in.readableBytes() == Integer.BYTES && in.readIntLE() == 0) {
            endWell();
        } else {
            fail(
                    CloseReason.DUMPER_PROTOCOL,
                    "criu at " + config.lazyPages() + " said something that was not asked for");
        }
    }

    @Override
    public void onDumperPause() {
        if (state == State.SERVING && blocks != null && replies.betweenReplies()) {
            blocks.flush();
        }
    }

    @Override
    public void onDumperGone() {
        fail(
                CloseReason.DUMPER_LOST,
                "criu at "
                        + config.lazyPages()
                        + " ended before its time; where it did so at the first request, it may be"
                        + " of another version than the destination's (records of "
                        + layout().bytes()
                        + " bytes there)");
    }

    /** Pages that are asked for and do not come would leave both tasks standing for ever. */
    private void watchAnswers() {
        if (!answerWatched) {
            answerWatched = true;
            long streamBytes = replies.totals().streamBytes();
            loop.schedule(
                    () -> requireProgress(streamBytes),
                    config.timeouts().peer().toMillis(),
                    TimeUnit.MILLISECONDS);
        }
    }

    private void requireProgress(long streamBytes) {
        answerWatched = false;
        if (state == State.OVER || (replies.isIdle() && state != State.CLOSING)) {
            return;
        }
        boolean stands = replies.totals().streamBytes() == streamBytes && tunnel.isWritable();
        if (stands && !(config.ours() && dumper == null)) {
            fail(
                    CloseReason.DUMPER_LOST,
                    "criu at "
                            + config.lazyPages()
                            + (dumper == null ? " was not there" : " did not answer")
                            + " within --peer-timeout "
                            + config.timeouts().peer().toSeconds()
                            + "s");
        } else {
            watchAnswers();
        }
    }

    // ---- the end

    /** The only place where CRIU hears that all is well. */
    private void endWell() {
        dumper.endWell();
        tunnel.send(new Frame.Delivered()).addListener(ChannelFutureListener.CLOSE);
        over(
                Outcome.completed(
                        Side.SOURCE, "the restored tasks hold all pages that they have asked for"));
    }

    @Override
    public void fail(CloseReason reason, String message) {
        over(Outcome.failed(Side.SOURCE, reason, message));
    }

    private void over(Outcome outcome) {
        if (state == State.OVER) {
            return;
        }
        state = State.OVER;
        SessionReport complete = reportOf(outcome);
        if (blocks != null) {
            blocks.close();
        }
        if (!outcome.good() && dumper != null) {
            dumper.reset();
        }
        if (tunnel == null) {
            report.complete(complete);
            return;
        }
        tunnel.channel().closeFuture().addListener(closed -> report.complete(complete));
        if (!outcome.good() && outcome.side() == Side.DESTINATION) {
            tunnel.close();
        } else if (!outcome.good()) {
            tunnel.abort(outcome);
        }
    }

    @Override
    public String stateName() {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /** How far it is; on the event loop. */
    Progress progress() {
        return new Progress(
                replies == null ? StreamTotals.NONE : replies.totals(),
                tunnel == null ? 0 : tunnel.sentBytes(),
                seconds(),
                state == State.CLOSING);
    }

    private double seconds() {
        return firstByteNanos == 0 ? 0 : (System.nanoTime() - firstByteNanos) / 1e9;
    }

    private SessionReport reportOf(Outcome outcome) {
        return new SessionReport(figures(), outcome, OptionalInt.empty());
    }

    @Override
    public SessionFigures figures() {
        return new SessionFigures(
                Side.SOURCE,
                config.session(),
                peer,
                config.connect().toString(),
                replies == null ? StreamTotals.NONE : replies.totals(),
                tunnel == null ? 0 : tunnel.sentBytes(),
                tunnel == null ? 0 : tunnel.receivedBytes(),
                1,
                seconds(),
                blocks == null ? CodingTotals.NONE : blocks.totals(),
                config.host().pageSizeBytes(),
                Optional.empty());
    }
}
