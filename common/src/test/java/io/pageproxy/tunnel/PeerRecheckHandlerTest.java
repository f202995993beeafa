package io.pageproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.pageproxy.frame.Frame;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.peer.PeerWatch;
import io.pageproxy.peer.RevocationAction;
import io.pageproxy.peer.TlsFailure;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Handling of a connection whose peer is revoked, at each point of each kind of session. */
class PeerRecheckHandlerTest {
    private static final TlsFailure REVOKED =
            new TlsFailure(CloseReason.PEER_NOT_TRUSTED, "the peer's certificate is revoked");
    private static final Frame PROBE = new Frame.Probe("test");
    private static final Frame OPEN = new Frame.Open(RecordLayout.BYTES_32);
    private static final Frame JOIN = new Frame.Join("ab".repeat(32), 1);
    private static final Frame ATTACH =
            new Frame.Attach("test", Optional.of("web"), true, false, 1000);
    private static final Frame ATTACHED = new Frame.Attached("test", 1000, "ab".repeat(32));
    private static final Frame FILE = new Frame.File("core-1.img", 0);
    private static final Frame STAGED = new Frame.Staged(0, 0);
    private static final Frame RESULT = new Frame.Result(0, 1, 1, 0);
    private static final Frame RECOMMIT = new Frame.Recommit("ab".repeat(32), 1000);
    private static final Frame COMMITTED = new Frame.Committed(OptionalLong.empty(), 0);

    private final FakeWatch watch = new FakeWatch();
    private final List<SessionException> failures = new ArrayList<>();
    private final List<Frame> received = new ArrayList<>();
    private EmbeddedChannel channel = channel();

    private EmbeddedChannel channel() {
        EmbeddedChannel fresh =
                new EmbeddedChannel(
                        new PeerRecheckHandler(watch),
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext ctx, Object message) {
                                received.add((Frame) message);
                            }

                            @Override
                            public void exceptionCaught(
                                    ChannelHandlerContext ctx, Throwable cause) {
                                failures.add((SessionException) cause);
                            }
                        });
        fresh.pipeline().fireUserEventTriggered(SslHandshakeCompletionEvent.SUCCESS);
        return fresh;
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
        assertThat(watch.ended).isTrue();
    }

    /** The frames before the point at which the peer is revoked, seen from either side. */
    static Stream<List<Frame>> waiting() {
        return Stream.of(List.of(), List.of(PROBE), List.of(JOIN), List.of(ATTACH, ATTACHED));
    }

    static Stream<List<Frame>> underWay() {
        return Stream.of(
                List.of(PROBE, OPEN),
                List.of(JOIN, new Frame.Joined(1)),
                List.of(ATTACH, ATTACHED, FILE),
                List.of(PROBE, new Frame.Get(new PageRequest(1, 0x1000, 1), true)));
    }

    static Stream<List<Frame>> decided() {
        return Stream.of(
                List.of(PROBE, OPEN, RESULT),
                List.of(ATTACH, ATTACHED, FILE, STAGED),
                List.of(RECOMMIT),
                List.of(RECOMMIT, COMMITTED),
                List.of(
                        PROBE,
                        new Frame.Get(new PageRequest(1, 0x1000, 1), true),
                        new Frame.Done()));
    }

    @ParameterizedTest
    @MethodSource("waiting")
    void waitingConnectionEndsWithExitCode3ForAnyRevocationAction(List<Frame> before) {
        for (RevocationAction choice : RevocationAction.values()) {
            channel.close();
            channel = channel();
            failures.clear();
            watch.choice = choice;
            channel.writeInbound(before.toArray());
            watch.revoke();
            channel.runPendingTasks();
            assertEndedOnce();
        }
    }

    @ParameterizedTest
    @MethodSource("waiting")
    void peerIsRefusedAtItsFirstRecord(List<Frame> before) {
        channel.writeInbound(before.toArray());
        watch.verdict = Optional.of(REVOKED);
        channel.writeInbound(OPEN);
        assertEndedOnce();
    }

    @Test
    void peerIsRefusedAtItsFirstFrameAfterEarlierChange() {
        watch.verdict = Optional.of(REVOKED);
        channel.writeInbound(JOIN);
        assertEndedOnce();
    }

    @Test
    void sourceSendsOnlyAbortAfterRefusal() {
        channel.writeOutbound(PROBE);
        watch.verdict = Optional.of(REVOKED);
        Frame abort = new Frame.Abort(CloseReason.PEER_NOT_TRUSTED, "no", Optional.empty());
        channel.write(OPEN);
        channel.write(Unpooled.wrappedBuffer(new byte[8]));
        channel.writeAndFlush(abort);
        assertEndedOnce();
        assertThat(channel.<Object>readOutbound()).isSameAs(PROBE);
        assertThat(channel.<Object>readOutbound()).isSameAs(abort);
        assertThat(channel.<Object>readOutbound()).isNull();
    }

    @ParameterizedTest
    @MethodSource("underWay")
    void activeStreamFinishesWithActionFinish(List<Frame> before) {
        channel.writeInbound(before.toArray());
        watch.revoke();
        channel.runPendingTasks();
        channel.writeInbound(RESULT);
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("underWay")
    void activeStreamEndsWithActionAbort(List<Frame> before) {
        watch.choice = RevocationAction.ABORT;
        channel.writeInbound(before.toArray());
        watch.revoke();
        channel.runPendingTasks();
        assertEndedOnce();
        assertThat(failures.get(0)).hasMessageContaining("--on-revocation abort");
    }

    @ParameterizedTest
    @MethodSource("decided")
    void decidedSessionIsLeftAlone(List<Frame> before) {
        watch.choice = RevocationAction.ABORT;
        channel.writeInbound(before.toArray());
        watch.revoke();
        channel.runPendingTasks();
        channel.writeInbound(new Frame.Commit());
        assertThat(failures).isEmpty();
        assertThat(received).hasSize(before.size() + 1);
    }

    private void assertEndedOnce() {
        assertThat(failures).hasSize(1);
        assertThat(failures.get(0).reason()).isEqualTo(CloseReason.PEER_NOT_TRUSTED);
        assertThat(failures.get(0).reason().exitCode()).isEqualTo(3);
        assertThat(failures.get(0)).hasMessageContaining("is revoked");
    }

    /** A watch with a verdict set by the test. */
    private static final class FakeWatch implements PeerWatch, PeerWatch.Watched {
        private RevocationAction choice = RevocationAction.FINISH;
        private Optional<TlsFailure> verdict = Optional.empty();
        private Consumer<TlsFailure> onRefused;
        private boolean ended;

        /** Refuses the peer from another thread, as a reload does. */
        void revoke() {
            onRefused.accept(REVOKED);
        }

        @Override
        public RevocationAction onRevocation() {
            return choice;
        }

        @Override
        public Watched watch(SslHandler tls, Consumer<TlsFailure> refused) {
            onRefused = refused;
            return this;
        }

        @Override
        public Optional<TlsFailure> recheck() {
            return verdict;
        }

        @Override
        public void end() {
            ended = true;
        }
    }
}
