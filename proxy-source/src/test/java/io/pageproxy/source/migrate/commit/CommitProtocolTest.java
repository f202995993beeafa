package io.pageproxy.source.migrate.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Attached;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerNames;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.CapturedLog;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.KeepaliveHandler;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;
import io.pageproxy.tunnel.WireCounter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the source knows about the destination's copy if connections break during the commit. */
@Timeout(60)
class CommitProtocolTest {
    private static final Duration PEER_TIMEOUT = Duration.ofMillis(500);

    /** For commits that succeed in the end, however slow the machine is. */
    private static final Duration LONG_PEER_TIMEOUT = Duration.ofSeconds(30);

    private static final String CUT = "the tunnel was cut";

    /** Of the last attempt, which may have only a millisecond left. */
    private static final String TOO_LATE = "no TLS within --peer-timeout";

    private static final String TOKEN = "0123456789abcdef".repeat(4);
    private static final Frame COMMITTED = new Committed(OptionalLong.of(258), 0);
    private static final Dialer REFUSED =
            (connection, patience) -> {
                throw new SessionException(CloseReason.UNREACHABLE, "refused");
            };

    @RegisterExtension private final CapturedLog logged = new CapturedLog(CommitProtocol.class);

    private final List<EmbeddedChannel> channels = new ArrayList<>();
    private final List<CommitConnection> dialled = new ArrayList<>();
    private final FilesConnection files =
            new FilesConnection(
                    new Attach("source", Optional.of("web"), true, false, PEER_TIMEOUT.toMillis()));
    private final EmbeddedChannel wire = up(files);

    CommitProtocolTest() {
        files.onFrame(new Attached("dest", 15_000, TOKEN));
    }

    @AfterEach
    void release() {
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    private EmbeddedChannel up(TunnelListener connection) {
        EmbeddedChannel channel =
                new EmbeddedChannel(
                        new WireCounter(), new FrameEncoder(), new KeepaliveHandler(15_000));
        channels.add(channel);
        PeerIdentity dest = new PeerIdentity("dest", "", PeerNames.NONE);
        connection.onTunnelUp(new Tunnel(channel, new TlsSessionInfo("", "", "", dest)));
        return channel;
    }

    private CommitAnswer answer(Dialer dialer) throws InterruptedException {
        return answer(dialer, PEER_TIMEOUT);
    }

    private CommitAnswer answer(Dialer dialer, Duration peerTimeout) throws InterruptedException {
        return new CommitProtocol(
                        files,
                        (connection, patience) -> {
                            assertThat(patience).isBetween(Duration.ofMillis(1), peerTimeout);
                            dialled.add((CommitConnection) connection);
                            dialer.dial(connection, patience);
                        },
                        peerTimeout)
                .commit();
    }

    private static List<Frame> sent(EmbeddedChannel channel) {
        channel.runPendingTasks();
        EmbeddedChannel peer = new EmbeddedChannel(new FrameDecoder());
        for (Object bytes; (bytes = channel.readOutbound()) != null; ) {
            peer.writeInbound(bytes);
        }
        List<Frame> frames = new ArrayList<>();
        for (Frame frame; (frame = peer.readInbound()) != null; ) {
            frames.add(frame);
        }
        peer.finishAndReleaseAll();
        return frames;
    }

    private static Abort abort(CloseReason reason) {
        return new Abort(reason, "told to stop", Optional.empty());
    }

    private void cut() {
        files.onTunnelFailure(CloseReason.PEER_LOST, CUT);
    }

    @Test
    void commitIsRepeatedOnANewConnectionWhenTheFirstBreaks() throws Exception {
        cut();
        CommitAnswer answer =
                answer(
                        (connection, patience) -> {
                            EmbeddedChannel again = up(connection);
                            assertThat(sent(again)).contains(new Recommit(TOKEN, 500));
                            connection.onFrame(COMMITTED);
                        });
        assertThat(answer.committed().orElseThrow().pid()).hasValue(258);
    }

    /**
     * Nothing was sent after the cut and no new connection was made, so the destination cannot
     * know.
     */
    @Test
    void copyDoesNotRunWhenTheCommitWasNeverSent() throws Exception {
        cut();
        CommitAnswer answer = answer(REFUSED);
        assertThat(sent(wire)).noneMatch(Commit.class::isInstance);
        assertThat(answer.refused()).isTrue();
        assertThat(answer.failure().orElseThrow().message()).isIn("refused", TOO_LATE);
        assertThat(dialled).hasSizeGreaterThan(1);
    }

    @Test
    void copyMayRunWhenTheCommitWasSentBeforeTheCut() throws Exception {
        wire.pipeline()
                .addLast(
                        new ChannelOutboundHandlerAdapter() {
                            @Override
                            public void write(
                                    ChannelHandlerContext ctx, Object frame, ChannelPromise done) {
                                ctx.write(frame, done);
                                cut();
                            }
                        });
        CommitAnswer answer =
                answer(
                        (connection, patience) -> {
                            up(connection);
                            connection.onTunnelFailure(CloseReason.PEER_LOST, CUT);
                        });
        assertThat(answer.refused()).isFalse();
        assertThat(answer.failure().orElseThrow().message()).isIn(CUT, TOO_LATE);
    }

    /** The destination may still let its copy run: the answer is meant for new sessions. */
    @Test
    void recommitIsRepeatedWhileTheDestinationDrainsOrIsAtItsLimit() throws Exception {
        cut();
        CommitAnswer answer =
                answer(
                        (connection, patience) -> {
                            up(connection);
                            connection.onFrame(
                                    switch (dialled.size()) {
                                        case 1 -> abort(CloseReason.SHUTDOWN);
                                        case 2 -> abort(CloseReason.LIMIT_EXCEEDED);
                                        default -> COMMITTED;
                                    });
                        },
                        LONG_PEER_TIMEOUT);
        assertThat(answer.committed().orElseThrow().pid()).hasValue(258);
    }

    @Test
    void refusalByADrainingDestinationLeavesTheCopyUnknown() throws Exception {
        cut();
        CommitAnswer answer =
                answer(
                        (connection, patience) -> {
                            up(connection);
                            connection.onFrame(abort(CloseReason.SHUTDOWN));
                        });
        assertThat(answer.refused()).isFalse();
        assertThat(answer.tellsOfCopy()).isFalse();
    }

    /** A connection that opens and then stays silent, as in a network that drops packets. */
    @Test
    void connectionWithoutTlsTimesOutAndSendsNothingAfterwards() throws Exception {
        cut();
        CommitAnswer answer = answer((connection, patience) -> {});
        assertThat(answer.failure().orElseThrow().reason()).isEqualTo(CloseReason.PEER_SILENT);
        assertThat(answer.refused()).isTrue();
        EmbeddedChannel late = up(dialled.get(0));
        assertThat(sent(late)).isEmpty();
        assertThat(late.isOpen()).isFalse();
    }

    /** In a lazy migration, whatever was sent on the first connection. */
    @Test
    void deliveredIsSentOnTheConnectionThatConfirmedTheWholeCopy() throws Exception {
        List<EmbeddedChannel> wires = new ArrayList<>();
        CommitAnswer answer =
                new CommitProtocol(
                                files,
                                (connection, patience) -> {
                                    wires.add(up(connection));
                                    connection.onFrame(COMMITTED);
                                },
                                PEER_TIMEOUT)
                        .recall(Duration.ofSeconds(5));
        assertThat(answer.committed().orElseThrow().pid()).hasValue(258);
        answer.connection().deliver();
        assertThat(sent(wires.get(0)))
                .containsExactly(new Recommit(TOKEN, 500), new Frame.Delivered());
    }

    /** Before the timeout the destination may not have ended its copy. */
    @Test
    void recallOfAnUnreachableDestinationLastsForTheWholeTimeout() throws Exception {
        Duration patience = Duration.ofMillis(700);
        long startNanos = System.nanoTime();
        CommitAnswer answer = new CommitProtocol(files, REFUSED, PEER_TIMEOUT).recall(patience);
        assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(patience.toNanos());
        assertThat(answer.failure().orElseThrow().message()).isIn("refused", TOO_LATE);
    }

    /** There are five attempts a second, for up to 3 minutes. */
    @Test
    void repeatedFailureIsLoggedOnce() throws Exception {
        cut();
        answer(REFUSED);
        assertThat(dialled).hasSizeGreaterThan(1);
        assertThat(logged.lines())
                .singleElement()
                .asString()
                .startsWith("commit: " + CUT + "; the destination is tried again");
    }
}
