package io.pageproxy.dest.accept;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.dest.Peers;
import io.pageproxy.dest.session.ConnectionHandler;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Foresee;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Join;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.frame.Frame.Probe;
import io.pageproxy.frame.Frame.Probed;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.frame.TreeNeeds;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.SessionRole;
import io.pageproxy.session.Side;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The states of a router against everything that can happen in them. The class is long because all
 * of it is about one machine, and a third of it is the scripted peer and handlers of every row.
 */
class PeerConnectionTest {
    private static final HostFacts HOST = new HostFacts("x86_64", 4096);
    private static final PeerIdentity PEER = Peers.peer("source", "aa");
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Probed ANSWER = new Probed("dest", "4.2", RecordLayout.BYTES_32, HOST);

    private final EmbeddedChannel wire = new EmbeddedChannel();
    private final HandshakeLimiter handshakes = new HandshakeLimiter(1, 1);
    private final PendingConnections pending = new PendingConnections();
    private final List<String> taken = new ArrayList<>();
    private final List<ServedSession> sessions = new ArrayList<>();
    private Optional<SessionException> refusal = Optional.empty();
    private boolean migrationsOpen;
    private PeerConnection connection;
    private Tunnel tunnel;

    /** States of the router, each with its next event in the drawing. */
    private enum Stage {
        HANDSHAKING,
        AWAITING_FRAME,
        HANDED_OVER,
        OVER
    }

    private void reach(Stage stage) {
        accept();
        switch (stage) {
            case HANDSHAKING -> {}
            case AWAITING_FRAME -> authenticate();
            case HANDED_OVER -> {
                authenticate();
                send(hello(SessionRole.PUSH));
            }
            case OVER -> {
                authenticate();
                connection.fail(CloseReason.SHUTDOWN, "over");
            }
        }
    }

    private void accept() {
        AcceptServices services =
                new AcceptServices(
                        TIMEOUT,
                        ANSWER,
                        handshakes,
                        pending,
                        new Routes(
                                handler("push", true),
                                handler("lazy", true),
                                handler("lanes", false),
                                handler("migrations", true),
                                handler("commits", false),
                                handler("questions", false),
                                handler("files", false)),
                        () -> migrationsOpen);
        wire.freezeTime();
        tunnel = Peers.tunnel(wire, "source", "aa");
        connection =
                new PeerConnection(
                        services,
                        wire.eventLoop(),
                        new SessionFacts("192.0.2.1:1", 4096),
                        sessions::add);
        wire.pipeline().addLast(new TunnelHandler(connection));
        handshakes.begin(wire);
    }

    private <F extends Frame> ConnectionHandler<F> handler(String name, boolean hasSession) {
        return (incoming, first) -> {
            refusal.ifPresent(
                    e -> {
                        throw e;
                    });
            assertThat(incoming.peer()).isEqualTo(PEER);
            taken.add(name + " " + first.getClass().getSimpleName());
            return hasSession ? Optional.of(new SilentSession(incoming.loop())) : Optional.empty();
        };
    }

    /** A session that does nothing. */
    private record SilentSession(EventLoop loop) implements ServedSession {
        @Override
        public CompletableFuture<SessionReport> report() {
            return new CompletableFuture<>();
        }

        @Override
        public SessionFigures figures() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String stateName() {
            return "silent";
        }

        @Override
        public boolean streaming() {
            return false;
        }

        @Override
        public void fail(CloseReason reason, String message) {
            throw new AssertionError("the router has no part in its session");
        }
    }

    private void authenticate() {
        connection.onTunnelUp(tunnel);
    }

    private static Hello hello(SessionRole role) {
        return new Hello("source", HOST, Optional.of("web"), Optional.empty(), 15_000, 1, 0, role);
    }

    /** Delivers a frame as the handler of the tunnel does. */
    private void send(Frame frame) {
        try {
            connection.onFrame(frame);
        } catch (SessionException e) {
            connection.onTunnelFailure(e.reason(), e.getMessage());
        }
        wire.runPendingTasks();
    }

    private void drain() {
        connection.drain(Duration.ofMinutes(1));
        wire.runPendingTasks();
    }

    private List<Frame> heard() {
        List<Frame> frames = new ArrayList<>();
        EmbeddedChannel decoder = new EmbeddedChannel(new FrameDecoder());
        for (ByteBuf bytes; (bytes = wire.readOutbound()) != null; ) {
            decoder.writeInbound(bytes);
        }
        for (Frame frame; (frame = decoder.readInbound()) != null; ) {
            frames.add(frame);
        }
        decoder.finishAndReleaseAll();
        return frames;
    }

    /** The report of a connection that became no session, once the peer has hung up. */
    private SessionReport report() {
        wire.close();
        wire.runPendingTasks();
        assertThat(connection.done()).isDone();
        return connection.done().join().orElseThrow();
    }

    private String refused(CloseReason reason) {
        assertThat(heard())
                .singleElement()
                .isInstanceOfSatisfying(
                        Abort.class, abort -> assertThat(abort.reason()).isEqualTo(reason));
        SessionReport report = report();
        assertThat(report.outcome().reason()).isEqualTo(reason);
        assertThat(report.outcome().side()).isEqualTo(Side.DESTINATION);
        assertThat(sessions).isEmpty();
        return report.outcome().message();
    }

    @AfterEach
    void nothingIsLeft() {
        wire.finishAndReleaseAll();
        assertThat(pending.count(PEER)).isZero();
        assertThat(handshakes.count()).isZero();
    }

    static Stream<Arguments> routes() {
        return Stream.of(
                Arguments.of(hello(SessionRole.PUSH), "push Hello", true),
                Arguments.of(hello(SessionRole.LAZY), "lazy Hello", true),
                Arguments.of(new Join("0".repeat(64), 1), "lanes Join", false),
                Arguments.of(
                        new Attach("source", Optional.of("web"), true, false, 15_000),
                        "migrations Attach",
                        true),
                Arguments.of(new Recommit("ab".repeat(32), 15_000), "commits Recommit", false),
                Arguments.of(question(), "questions Foresee", false));
    }

    private static Foresee question() {
        return new Foresee(
                new Attach("source", Optional.of("web"), true, false, 15_000),
                HOST,
                new TreeNeeds(0, List.of(), List.of(), Optional.empty(), List.of()));
    }

    @ParameterizedTest
    @MethodSource("routes")
    void firstFrameDecidesWhichHandlerTakesTheConnection(
            Frame first, String by, boolean hasSession) {
        reach(Stage.AWAITING_FRAME);
        assertThat(pending.count(PEER)).isOne();
        send(first);
        assertThat(taken).containsExactly(by);
        assertThat(sessions).hasSize(hasSession ? 1 : 0);
        assertThat(pending.count(PEER)).isZero();
        assertThat(connection.done().join()).isEmpty();
        assertThat(wire.isOpen()).isTrue();
        assertThat(heard()).isEmpty();
    }

    @Test
    void probeIsAnsweredAndEndsTheConnection() {
        reach(Stage.AWAITING_FRAME);
        send(new Probe("source"));
        assertThat(heard()).containsExactly(ANSWER);
        assertThat(wire.isOpen()).isFalse();
        SessionReport report = report();
        assertThat(report.outcome().reason()).isEqualTo(CloseReason.PROBED);
        assertThat(report.peerName()).contains("source");
    }

    static Stream<Frame> unexpectedFrames() {
        return Stream.of(
                new Accept(
                        "",
                        "",
                        RecordLayout.BYTES_32,
                        "",
                        1,
                        Accept.STORED_AND_LZ4,
                        OptionalLong.empty(),
                        0,
                        LaneGrant.ONE),
                new Open(RecordLayout.BYTES_24),
                new Block(0, 0, 0, 1, 0, Unpooled.wrappedBuffer(new byte[1])),
                new Answer(1, 0),
                new End(StreamTotals.NONE, 0),
                new Result(0, 1, 0, 0),
                new Delivered());
    }

    @ParameterizedTest
    @MethodSource("unexpectedFrames")
    void anotherFirstFrameIsRefused(Frame frame) {
        reach(Stage.AWAITING_FRAME);
        send(frame);
        assertThat(refused(CloseReason.TUNNEL_PROTOCOL)).contains(frame.getClass().getSimpleName());
        if (frame instanceof Block block) {
            assertThat(block.content().refCnt()).isZero();
        }
    }

    @Test
    void refusalByAHandlerIsSentAndTheConnectionStaysPendingUntilClosed() {
        reach(Stage.AWAITING_FRAME);
        refusal = Optional.of(new SessionException(CloseReason.LIMIT_EXCEEDED, "too many"));
        send(hello(SessionRole.PUSH));
        assertThat(pending.count(PEER)).isOne();
        assertThat(refused(CloseReason.LIMIT_EXCEEDED)).isEqualTo("too many");
    }

    @Test
    void abortOfThePeerEndsTheConnection() {
        reach(Stage.AWAITING_FRAME);
        send(new Abort(CloseReason.DUMPER_LOST, "gone", Optional.empty()));
        assertThat(wire.isOpen()).isFalse();
        assertThat(heard()).isEmpty();
        SessionReport report = report();
        assertThat(report.outcome().reason()).isEqualTo(CloseReason.DUMPER_LOST);
        assertThat(report.outcome().side()).isEqualTo(Side.SOURCE);
    }

    @Test
    void lostConnectionIsReportedWithItsPeer() {
        reach(Stage.AWAITING_FRAME);
        wire.close();
        assertThat(report().outcome().reason()).isEqualTo(CloseReason.PEER_LOST);
        assertThat(report().peerName()).contains("source");
    }

    @Test
    void connectionLostInTheHandshakeIsReportedWithoutAPeer() {
        reach(Stage.HANDSHAKING);
        wire.close();
        assertThat(report().outcome().reason()).isEqualTo(CloseReason.PEER_LOST);
        assertThat(report().peer()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"HANDSHAKING", "AWAITING_FRAME"})
    void connectionWithoutAFirstFrameTimesOut(Stage stage) {
        reach(stage);
        wire.advanceTimeBy(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        wire.runScheduledPendingTasks();
        assertThat(report().outcome().reason()).isEqualTo(CloseReason.PEER_SILENT);
        assertThat(report().outcome().message()).contains("--handshake-timeout 10s");
    }

    @Test
    void connectionThatWasHandedOverDoesNotTimeOut() {
        reach(Stage.HANDED_OVER);
        wire.advanceTimeBy(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        wire.runScheduledPendingTasks();
        connection.fail(CloseReason.SHUTDOWN, "told to stop");
        connection.onTunnelFailure(CloseReason.PEER_LOST, "cut");
        drain();
        assertThat(heard()).isEmpty();
        assertThat(wire.isOpen()).isTrue();
        assertThat(connection.done().join()).isEmpty();
    }

    @Test
    void tunnelThatComesUpAfterTheTimeoutIsAborted() {
        reach(Stage.HANDSHAKING);
        connection.fail(CloseReason.PEER_SILENT, "too slow");
        assertThat(connection.done()).isDone();
        authenticate();
        assertThat(heard()).singleElement().isInstanceOf(Abort.class);
    }

    @Test
    void framesAfterTheEndAreIgnored() {
        reach(Stage.OVER);
        assertThat(heard()).singleElement().isInstanceOf(Abort.class);
        send(hello(SessionRole.PUSH));
        assertThat(taken).isEmpty();
        assertThat(heard()).isEmpty();
        assertThat(report().outcome().reason()).isEqualTo(CloseReason.SHUTDOWN);
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"HANDSHAKING", "AWAITING_FRAME"})
    void drainEndsAConnectionIfNoMigrationIsOpen(Stage stage) {
        reach(stage);
        drain();
        assertThat(report().outcome().reason()).isEqualTo(CloseReason.STOPPED_IDLE);
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"HANDSHAKING", "AWAITING_FRAME"})
    void drainAcceptsOnlyRecommitWhileAMigrationIsOpen(Stage stage) {
        migrationsOpen = true;
        reach(stage);
        drain();
        if (stage == Stage.HANDSHAKING) {
            authenticate();
        }
        send(new Recommit("ab".repeat(32), 15_000));
        assertThat(taken).containsExactly("commits Recommit");
    }

    static Stream<Frame> framesOfNewSessions() {
        return Stream.of(
                new Probe("source"),
                hello(SessionRole.PUSH),
                question(),
                new Attach("source", Optional.of("web"), true, false, 15_000),
                new Block(0, 0, 0, 1, 0, Unpooled.wrappedBuffer(new byte[1])));
    }

    @ParameterizedTest
    @MethodSource("framesOfNewSessions")
    void drainRefusesNewSessions(Frame frame) {
        migrationsOpen = true;
        reach(Stage.AWAITING_FRAME);
        drain();
        send(frame);
        assertThat(refused(CloseReason.STOPPED_IDLE)).contains("only the end of migrations");
        if (frame instanceof Block block) {
            assertThat(block.content().refCnt()).isZero();
        }
    }

    @Test
    void secondDrainEndsAConnectionOnceNoMigrationIsOpen() {
        migrationsOpen = true;
        reach(Stage.AWAITING_FRAME);
        drain();
        assertThat(connection.done()).isNotDone();
        migrationsOpen = false;
        drain();
        assertThat(refused(CloseReason.STOPPED_IDLE)).isEqualTo("told to stop");
    }
}
