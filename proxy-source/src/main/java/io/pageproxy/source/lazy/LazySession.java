package io.pageproxy.source.lazy;

import io.netty.buffer.ByteBuf;
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
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.SessionRole;
import io.pageproxy.session.Side;
import io.pageproxy.source.tunnel.DialledSession;
import io.pageproxy.status.LiveSession;
import io.pageproxy.tunnel.Tunnel;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/**
 * State machine of one lazy session at the source. It decides what an event of the tunnel or of the
 * CRIU that keeps the pages means in the current {@link LazyState}, whose drawing shows all
 * transitions. CRIU is told of success, which ends the source's tasks, in exactly one place, {@link
 * #onStatus}, and only after the destination's Done. In every other case its socket is reset, and
 * its tasks go on.
 *
 * <p>Everything runs on the event loop that both channels share; only the futures are for other
 * threads. The file is long because what may happen in which state is best read in one place.
 */
final class LazySession
        implements DialledSession, LiveSession, LazyDumperListener, ReplyTimeout.Listener {
    private final LazyConfig config;
    private final EventLoop loop;
    private final DumperDialer dialer;
    private final DumperIdentity identity;
    private final CompletableFuture<Accept> accepted = new CompletableFuture<>();
    private final CompletableFuture<Void> hasDumper = new CompletableFuture<>();
    private final CompletableFuture<Void> allDelivered = new CompletableFuture<>();
    private final CompletableFuture<SessionReport> report = new CompletableFuture<>();

    private final HeldRequests held = new HeldRequests();

    private LazyState state = LazyState.CONNECTING;
    private Optional<AuthenticatedPeer> peer = Optional.empty();
    private Tunnel tunnel;
    private RecordLayout layout;
    private LazyReplies replies;
    private ReplySender sender;
    private ReplyTimeout timeout;
    private LazyDumper dumper;
    private final Instant started = Instant.now();
    private long firstByteNanos;

    LazySession(LazyConfig config, EventLoop loop, DumperDialer dialer) {
        this(config, loop, dialer, config.users()::admits);
    }

    LazySession(
            LazyConfig config, EventLoop loop, DumperDialer dialer, DumperIdentity.Check check) {
        this.config = config;
        this.loop = loop;
        this.dialer = dialer;
        this.identity = new DumperIdentity(config.lazyPages(), check);
    }

    @Override
    public CompletableFuture<Accept> accepted() {
        return accepted;
    }

    /** Completes when CRIU listens; never if it does not. */
    CompletableFuture<Void> hasDumper() {
        return hasDumper;
    }

    /** Completes when the destination has all pages; never if it does not come so far. */
    CompletableFuture<Void> allDelivered() {
        return allDelivered;
    }

    @Override
    public CompletableFuture<SessionReport> report() {
        return report;
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    private void enter(LazyState next) {
        state = state.to(next);
    }

    // ---- the tunnel

    @Override
    public void onTunnelUp(Tunnel up) {
        tunnel = up;
        if (state == LazyState.OVER) {
            up.close();
            return;
        }
        enter(LazyState.GREETING);
        peer = Optional.of(up.security().authenticatedPeer());
        tunnel.send(
                new Hello(
                        config.agent(),
                        config.host(),
                        config.session(),
                        Optional.empty(),
                        config.timeouts().peer().toMillis(),
                        1,
                        0,
                        SessionRole.LAZY,
                        config.migration(),
                        0));
    }

    @Override
    public void onFrame(Frame frame) {
        if (frame instanceof Abort abort) {
            over(abort.outcome(Side.DESTINATION, idle()));
        } else if (frame instanceof Accept accept && state == LazyState.GREETING) {
            onAccept(accept);
        } else if (frame instanceof Get get && state.takesRequests()) {
            onGet(get);
        } else if (frame instanceof Done && state == LazyState.SERVING) {
            onDone();
        } else {
            throw frame.unexpectedFrom(Side.DESTINATION, "while " + stateName());
        }
    }

    private void onAccept(Accept accept) {
        tunnel.setPeerTimeoutMillis(accept.peerTimeoutMillis());
        sender = new ReplySender(config.codec(), accept, tunnel);
        layout = accept.layout();
        replies = new LazyReplies(layout, config.host().pageSizeBytes());
        timeout =
                new ReplyTimeout(
                        loop, config.timeouts().peer(), () -> replies.totals().streamBytes(), this);
        enter(LazyState.READY);
        accepted.complete(accept);
        dialer.dial(loop, this, () -> state == LazyState.READY);
    }

    private void onGet(Get get) {
        try {
            LazyReplies.requireRoom(replies.unanswered() + held.size());
        } catch (PageStreamException e) {
            throw new SessionException(CloseReason.TUNNEL_PROTOCOL, e.getMessage());
        }
        held.add(get);
        timeout.watch();
        if (state == LazyState.SERVING) {
            askDumper();
        }
    }

    private void askDumper() {
        boolean any = false;
        for (Optional<PageRequest> next = nextRequest(); next.isPresent(); next = nextRequest()) {
            replies.asked(next.get());
            dumper.ask(next.get(), layout);
            any = true;
        }
        if (any) {
            dumper.flush();
        }
    }

    private Optional<PageRequest> nextRequest() {
        return held.next(replies.unanswered(), replies.unansweredPages());
    }

    private void onDone() {
        enter(LazyState.CLOSING);
        held.clear();
        allDelivered.complete(null);
        dumper.setReading(true);
        dumper.sayClose(layout);
        timeout.watch();
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        if (state == LazyState.SERVING) {
            dumper.setReading(writable);
        }
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        fail(
                reason,
                state == LazyState.CLOSING
                        ? message
                                + "; the destination has reported that the restored tasks have all"
                                + " pages: end either them or the tasks here"
                        : message);
    }

    // ---- CRIU

    @Override
    public void onDumper(LazyDumper connected) {
        if (state != LazyState.READY) {
            connected.reset();
            return;
        }
        enter(LazyState.SERVING);
        dumper = connected;
        firstByteNanos = System.nanoTime();
        askDumper();
        hasDumper.complete(null);
    }

    @Override
    public void onDumperBytes(ByteBuf in) {
        if (state == LazyState.OVER) {
            return;
        }
        try {
            identity.verify(dumper.channel());
            onReplies(in);
        } catch (SessionException e) {
            fail(e.reason(), e.getMessage());
        } catch (PageStreamException e) {
            fail(CloseReason.DUMPER_PROTOCOL, criu() + ": " + e.getMessage());
        }
    }

    private void onReplies(ByteBuf in) {
        int startIndex = in.readerIndex();
        replies.read(in);
        if (state == LazyState.SERVING) {
            sender.add(in.slice(startIndex, in.readerIndex() - startIndex));
            askDumper();
        }
        if (in.isReadable()) {
            onStatus(in);
        }
    }

    private void onStatus(ByteBuf in) {
        boolean good =
                state == LazyState.CLOSING
                        && in.readableBytes() == Integer.BYTES
                        && in.readIntLE() == 0;
        if (!good) {
            fail(CloseReason.DUMPER_PROTOCOL, criu() + " sent something that was not requested");
            return;
        }
        dumper.endWell();
        tunnel.send(new Frame.Delivered()).addListener(ChannelFutureListener.CLOSE);
        over(
                Outcome.completed(
                        Side.SOURCE, "the restored tasks have all pages that they requested"));
    }

    @Override
    public void onDumperPause() {
        if (state == LazyState.SERVING && replies.betweenReplies()) {
            sender.flush();
        }
    }

    @Override
    public void onDumperGone() {
        if (state != LazyState.OVER) {
            fail(
                    CloseReason.DUMPER_LOST,
                    criu()
                            + " exited too early; if that was at the first request, its version may"
                            + " differ from the destination's CRIU (records of "
                            + layout.bytes()
                            + " bytes there)");
        }
    }

    @Override
    public boolean awaitsReply() {
        return switch (state) {
            case READY, SERVING -> !replies.isIdle() || held.size() > 0;
            case CLOSING -> true;
            default -> false;
        };
    }

    /** Waits on while the tunnel is full, and as long as the CRIU that we started takes to dump. */
    @Override
    public boolean onSilence() {
        boolean stillDumping = state == LazyState.READY;
        if (!tunnel.isWritable() || (stillDumping && config.ours())) {
            return true;
        }
        fail(
                CloseReason.DUMPER_LOST,
                criu()
                        + (stillDumping ? " could not be reached" : " did not answer")
                        + " within --peer-timeout "
                        + config.timeouts().peer().toSeconds()
                        + "s");
        return false;
    }

    private String criu() {
        return "criu at " + config.lazyPages();
    }

    // ---- the end

    @Override
    public void fail(CloseReason reason, String message) {
        over(Outcome.failed(Side.SOURCE, reason, message));
    }

    private void over(Outcome outcome) {
        if (state == LazyState.OVER) {
            return;
        }
        enter(LazyState.OVER);
        SessionReport complete = new SessionReport(figures(), outcome, OptionalInt.empty());
        if (sender != null) {
            sender.close();
        }
        if (!outcome.good() && dumper != null) {
            dumper.reset();
        }
        if (tunnel == null) {
            report.complete(complete);
            return;
        }
        tunnel.channel().closeFuture().addListener(closed -> report.complete(complete));
        if (!outcome.good()) {
            tunnel.end(outcome, Side.DESTINATION);
        }
    }

    // ---- what others may see

    @Override
    public boolean streaming() {
        return state.hasDumper();
    }

    @Override
    public boolean hasTunnel() {
        return tunnel != null;
    }

    @Override
    public String stateName() {
        return state.name().toLowerCase(Locale.ROOT);
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
                firstByteNanos == 0 ? 0 : (System.nanoTime() - firstByteNanos) / 1e9,
                state == LazyState.CLOSING,
                sender == null ? CodingTotals.NONE : sender.totals(),
                config.host().pageSizeBytes(),
                Optional.empty(),
                config.migration(),
                started);
    }
}
