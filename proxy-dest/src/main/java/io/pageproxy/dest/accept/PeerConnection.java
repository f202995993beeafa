package io.pageproxy.dest.accept;

import io.netty.channel.EventLoop;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Probe;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.net.EventLoops;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.Drainable;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Router of one connection: waits for TLS and for the first frame, then hands the connection over
 * to the handler of that frame (see {@link Routes}) and has no further part in it.
 *
 * <pre>
 *  HANDSHAKING --TLS up--> AWAITING_FRAME --HELLO, JOIN, ATTACH, RECOMMIT--> HANDED_OVER
 *       |                        |
 *       |                        +--PROBE / PROBED------------------------+
 *       |                        +--ABORT---------------------------------+
 *       |                        +--another frame, refusal / ABORT--------+
 *       |                        +--connection lost, timeout / ABORT------+
 *       |                                                                 v
 *       +--connection lost, TLS refused, timeout------------------------> OVER
 * </pre>
 *
 * <p>While the destination drains only the end of a migration is let in, if one is open: any other
 * first frame is refused. Everything runs on the connection's event loop, except {@link #drain} and
 * {@link #done}.
 */
public final class PeerConnection implements TunnelListener, Drainable {
    private enum State {
        HANDSHAKING,
        AWAITING_FRAME,
        HANDED_OVER,
        OVER
    }

    private final AcceptServices services;
    private final EventLoop loop;
    private final SessionFacts facts;
    private final Consumer<ServedSession> onSession;
    private final CompletableFuture<Optional<SessionReport>> done = new CompletableFuture<>();

    private State state = State.HANDSHAKING;
    private Tunnel tunnel;
    private Outcome outcome;
    private boolean draining;

    /**
     * A router of a connection that has just been accepted.
     *
     * @param onSession is told of the session that takes the connection over, before {@link #done}
     */
    public PeerConnection(
            AcceptServices services,
            EventLoop loop,
            SessionFacts facts,
            Consumer<ServedSession> onSession) {
        this.services = services;
        this.loop = loop;
        this.facts = facts;
        this.onSession = onSession;
        EventLoops.scheduleUnlessDone(done, loop, services.handshakeTimeout(), this::onTimeout);
    }

    /**
     * Completes when the router has no further part in the connection: empty if it was handed over,
     * otherwise with the report of the connection, which is closed.
     */
    public CompletableFuture<Optional<SessionReport>> done() {
        return done;
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public boolean streaming() {
        return false;
    }

    @Override
    public void drain(Duration time) {
        EventLoops.tryExecute(
                loop,
                () -> {
                    draining = true;
                    if (!services.migrationsOpen().getAsBoolean()) {
                        fail(CloseReason.STOPPED_IDLE, "told to stop");
                    }
                });
    }

    @Override
    public void onTunnelUp(Tunnel up) {
        services.handshakes().end(up.channel());
        services.pending().begin(up.channel(), up.security().peer());
        if (state == State.OVER) {
            up.abort(outcome);
            return;
        }
        tunnel = up;
        facts.authenticated(up.security().authenticatedPeer());
        state = State.AWAITING_FRAME;
    }

    @Override
    public void onFrame(Frame frame) {
        if (state != State.AWAITING_FRAME) {
            throw frame.unexpectedFrom(Side.SOURCE, "while " + state);
        } else if (frame instanceof Abort abort) {
            over(abort.outcome(Side.SOURCE, true));
        } else if (draining && !(frame instanceof Recommit)) {
            frame.release();
            throw new SessionException(
                    CloseReason.STOPPED_IDLE,
                    "the destination was told to stop and accepts only the end of migrations that"
                            + " are under way: try again when it has been restarted");
        } else if (frame instanceof Probe) {
            tunnel.send(services.probeAnswer());
            over(new Outcome(CloseReason.PROBED, Side.SOURCE, "answered", Optional.empty()));
        } else {
            handOver(frame);
        }
    }

    private void handOver(Frame first) {
        Optional<ServedSession> session =
                services.routes().take(new IncomingConnection(tunnel, loop, facts), first);
        services.pending().end(tunnel.channel(), tunnel.security().peer());
        state = State.HANDED_OVER;
        session.ifPresent(onSession);
        done.complete(Optional.empty());
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        // At most one small frame is ever written here.
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        fail(reason, message);
    }

    private void onTimeout() {
        fail(
                CloseReason.PEER_SILENT,
                "the peer did not ask for a session within --handshake-timeout "
                        + services.handshakeTimeout().toSeconds()
                        + "s");
    }

    @Override
    public void fail(CloseReason reason, String message) {
        over(Outcome.failed(Side.DESTINATION, reason, message));
    }

    private void over(Outcome end) {
        if (state == State.HANDED_OVER || state == State.OVER) {
            return;
        }
        state = State.OVER;
        outcome = end;
        if (tunnel == null) {
            report();
        } else {
            tunnel.channel().closeFuture().addListener(closed -> report());
            tunnel.end(end, Side.SOURCE);
        }
    }

    private void report() {
        Optional<SessionFacts.Wire> wire = Optional.ofNullable(tunnel).map(SessionFacts.Wire::of);
        done.complete(
                Optional.of(
                        facts.report(
                                outcome,
                                facts.figures(StreamTotals.NONE, wire, CodingTotals.NONE))));
    }
}
