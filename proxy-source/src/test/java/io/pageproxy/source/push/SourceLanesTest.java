package io.pageproxy.source.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Join;
import io.pageproxy.frame.Frame.Joined;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerNames;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.source.Accepts;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.KeepaliveHandler;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;
import io.pageproxy.tunnel.WireCounter;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The lanes of a session to which the destination has granted three. */
class SourceLanesTest {
    private static final String TOKEN = "0123456789abcdef".repeat(4);
    private static final Accept ACCEPT = granting(new LaneGrant(3, TOKEN));

    /** The answer of a destination that grants these lanes. */
    static Accept granting(LaneGrant lanes) {
        return Accepts.of(RecordLayout.BYTES_32, "/srv/web", 15_000, lanes);
    }

    private final List<EmbeddedChannel> channels = new ArrayList<>();
    private final List<TunnelListener> further = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private Throwable dialFailure;
    private final SourceLanes lanes =
            new SourceLanes(
                    tunnel(channel()), this::connect, channels.get(0).eventLoop(), session());

    private SourceLanes.Listener session() {
        return new SourceLanes.Listener() {
            @Override
            public void onLanesJoined(Accept accept) {
                heard.add("joined");
            }

            @Override
            public void onLaneFailure(CloseReason reason, String message) {
                heard.add(reason + ": " + message);
            }

            @Override
            public void onLaneWritabilityChanged() {
                heard.add("writable " + lanes.isWritable());
            }
        };
    }

    private EmbeddedChannel channel() {
        EmbeddedChannel channel =
                new EmbeddedChannel(
                        new WireCounter(), new FrameEncoder(), new KeepaliveHandler(15_000));
        channels.add(channel);
        return channel;
    }

    private static Tunnel tunnel(EmbeddedChannel channel) {
        return new Tunnel(
                channel,
                new TlsSessionInfo(
                        "TLSv1.3", "", "", new PeerIdentity("dest", "", PeerNames.NONE)));
    }

    private ChannelFuture connect(SocketAddress destination, TunnelListener lane) {
        EmbeddedChannel channel = channel();
        further.add(lane);
        return dialFailure == null
                ? channel.newSucceededFuture()
                : channel.newFailedFuture(dialFailure);
    }

    @AfterEach
    void close() {
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    private void run() {
        channels.forEach(EmbeddedChannel::runPendingTasks);
        channels.get(0).runPendingTasks();
    }

    private void comesUp(int lane) {
        further.get(lane - 1).onTunnelUp(tunnel(channels.get(lane)));
    }

    private void hears(int lane, Frame frame) {
        further.get(lane - 1).onFrame(frame);
        run();
    }

    private void allJoin() {
        lanes.open(ACCEPT);
        for (int lane = 1; lane <= 2; lane++) {
            comesUp(lane);
            hears(lane, new Joined(lane));
            said(lane);
        }
        assertThat(heard).containsExactly("joined");
        heard.clear();
    }

    private List<Frame> said(int lane) {
        List<Frame> frames = new ArrayList<>();
        EmbeddedChannel decoder = new EmbeddedChannel(new FrameDecoder());
        for (ByteBuf bytes; (bytes = channels.get(lane).readOutbound()) != null; ) {
            decoder.writeInbound(bytes);
        }
        for (Frame frame; (frame = decoder.readInbound()) != null; ) {
            frames.add(frame);
        }
        decoder.finishAndReleaseAll();
        return frames;
    }

    /** Sends blocks and returns their lanes, in order. */
    private List<Integer> send(int blocks) {
        List<Integer> went = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            lanes.send(Unpooled.buffer().writeByte(i));
            for (EmbeddedChannel channel : channels) {
                ByteBuf sent = channel.readOutbound();
                if (sent != null) {
                    went.add(channels.indexOf(channel));
                    sent.release();
                }
            }
        }
        return went;
    }

    private void isWritable(int lane, boolean writable) {
        channels.get(lane).unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
        if (lane > 0) {
            further.get(lane - 1).onWritabilityChanged(writable);
        }
        run();
    }

    // ---- before the dumper comes

    @Test
    void sessionIsReadyWhenEveryLaneHasJoinedWithTheToken() {
        lanes.open(ACCEPT);
        assertThat(further).hasSize(2);
        comesUp(2);
        comesUp(1);
        assertThat(said(1)).containsExactly(new Join(TOKEN, 1));
        assertThat(said(2)).containsExactly(new Join(TOKEN, 2));
        hears(2, new Joined(2));
        assertThat(heard).isEmpty();
        hears(1, new Joined(1));
        assertThat(heard).containsExactly("joined");
        assertThat(lanes.count()).isEqualTo(3);
    }

    @Test
    void sessionOfOneLaneIsReadyAtOnceAndItsEndCountsNoBlocks() {
        lanes.open(Accepts.of(RecordLayout.BYTES_32, "/srv/web", 15_000));
        assertThat(heard).containsExactly("joined");
        assertThat(further).isEmpty();
        assertThat(send(2)).containsExactly(0, 0);
        End end = new End(StreamTotals.NONE, 1);
        lanes.end(end);
        assertThat(said(0)).containsExactly(end);
    }

    @Test
    void laneThatCannotConnectNamesItsNumberCauseAndRemedy() {
        dialFailure = new ConnectException("Connection refused");
        lanes.open(ACCEPT);
        run();
        assertThat(heard)
                .hasSize(2)
                .first()
                .asString()
                .startsWith("UNREACHABLE: lane 1 of 3: ")
                .contains("Connection refused", "--lanes 1");
    }

    @Test
    void refusedLaneFailsTheSessionWithTheReason() {
        lanes.open(ACCEPT);
        comesUp(1);
        hears(1, new Abort(CloseReason.TUNNEL_PROTOCOL, "too late", Optional.empty()));
        assertThat(heard)
                .containsExactly(
                        "TUNNEL_PROTOCOL: lane 1 of 3: refused by the destination: too late");
    }

    @Test
    void laneAcceptsNoFrameButJoined() {
        lanes.open(ACCEPT);
        comesUp(1);
        assertThatThrownBy(() -> hears(1, new Joined(2))).isInstanceOf(SessionException.class);
        assertThatThrownBy(() -> hears(1, new Delivered())).hasMessageContaining("Delivered");
        hears(1, new Joined(1));
        assertThatThrownBy(() -> hears(1, new Joined(1))).isInstanceOf(SessionException.class);
    }

    // ---- the stream

    @Test
    void equalLanesTakeTurns() {
        allJoin();
        assertThat(send(6)).containsExactly(1, 2, 0, 1, 2, 0);
    }

    @Test
    void fullLaneIsSkipped() {
        allJoin();
        isWritable(1, false);
        assertThat(heard).containsExactly("writable true");
        assertThat(send(4)).containsExactly(2, 0, 2, 0);
    }

    @Test
    void dumperWaitsWhileEveryLaneIsFull() {
        allJoin();
        isWritable(0, false);
        isWritable(1, false);
        isWritable(2, false);
        assertThat(heard).containsExactly("writable true", "writable false");
        assertThat(lanes.send(Unpooled.buffer().writeByte(1))).isFalse();
        isWritable(1, true);
        assertThat(heard).last().isEqualTo("writable true");
        assertThat(lanes.send(Unpooled.buffer().writeByte(1))).isTrue();
    }

    @Test
    void endCountsTheBlocksAndIsSentOnEveryLane() {
        allJoin();
        send(5);
        lanes.end(new End(StreamTotals.NONE, 7));
        End end = new End(StreamTotals.NONE, 7, OptionalLong.of(5));
        for (int lane = 0; lane < 3; lane++) {
            assertThat(said(lane)).containsExactly(end);
        }
    }

    // ---- the end

    @Test
    void wireBytesAreTheSumOfAllLanes() {
        allJoin();
        long before = lanes.sentBytes();
        send(6);
        assertThat(lanes.sentBytes() - before).isEqualTo(6);
        assertThat(lanes.receivedBytes()).isZero();
    }

    @Test
    void cutLaneIsReportedAndTheOthersCloseWithTheFirst() {
        allJoin();
        further.get(0).onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut");
        run();
        assertThat(heard).containsExactly("PEER_LOST: lane 1 of 3: the tunnel was cut");
        CompletableFuture<Void> closed = lanes.closed();
        assertThat(channels.get(2).isOpen()).isTrue();
        channels.get(0).close();
        run();
        assertThat(channels.get(1).isOpen()).isFalse();
        assertThat(channels.get(2).isOpen()).isFalse();
        assertThat(closed).isDone();
    }
}
