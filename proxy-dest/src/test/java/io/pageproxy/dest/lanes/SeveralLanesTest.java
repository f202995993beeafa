package io.pageproxy.dest.lanes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.dest.Peers;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Join;
import io.pageproxy.frame.Frame.Joined;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.tunnel.KeepaliveHandler;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelHandler;
import io.pageproxy.tunnel.TunnelListener;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session of three lanes: which connections may join it, and how their frames are handled. */
class SeveralLanesTest {
    private static final String SOURCE = "aa";

    private final LaneRegistry registry = new LaneRegistry();
    private final List<EmbeddedChannel> channels = new ArrayList<>();
    private final List<ByteBuf> contents = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final EmbeddedChannel first = channel();
    private final SeveralLanes lanes =
            new SeveralLanes(
                    registry,
                    Peers.tunnel(first, "source", SOURCE),
                    3,
                    15_000,
                    first.eventLoop(),
                    new Session());
    private final String token = lanes.grant().token();

    private EmbeddedChannel channel() {
        EmbeddedChannel made = new EmbeddedChannel(new TunnelHandler(new Unexpected()));
        channels.add(made);
        return made;
    }

    /** Records the events that a session receives. */
    private final class Session implements LaneListener {
        @Override
        public void onBlock(Block block) {
            events.add("" + block.sequence());
            block.release();
        }

        @Override
        public void onEnd(End end) {
            events.add("end");
        }

        @Override
        public void fail(CloseReason reason, String message) {
            events.add(reason + ": " + message);
        }
    }

    @AfterEach
    void nothingIsLeft() {
        lanes.over();
        first.close();
        run();
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
        assertThat(contents).allMatch(content -> content.refCnt() == 0);
        assertThat(registry.size()).isZero();
    }

    private void run() {
        channels.forEach(EmbeddedChannel::runPendingTasks);
        first.runPendingTasks();
    }

    private void take(EmbeddedChannel channel, String with, String fingerprint, int lane) {
        registry.take(
                new IncomingConnection(
                        Peers.tunnel(channel, "source", fingerprint),
                        channel.eventLoop(),
                        new SessionFacts("", 4096)),
                new Join(with, lane));
    }

    private EmbeddedChannel join(String with, String fingerprint, int lane) {
        EmbeddedChannel channel = channel();
        take(channel, with, fingerprint, lane);
        run();
        return channel;
    }

    private EmbeddedChannel join(int lane) {
        return join(token, SOURCE, lane);
    }

    private static List<Frame> sentOn(EmbeddedChannel channel) {
        List<Frame> frames = new ArrayList<>();
        EmbeddedChannel decoder = new EmbeddedChannel(new FrameDecoder());
        for (ByteBuf bytes; (bytes = channel.readOutbound()) != null; ) {
            decoder.writeInbound(bytes);
        }
        for (Frame frame; (frame = decoder.readInbound()) != null; ) {
            frames.add(frame);
        }
        decoder.finishAndReleaseAll();
        return frames;
    }

    private Block block(long sequence) {
        ByteBuf content = Unpooled.buffer().writeLong(sequence);
        contents.add(content);
        return new Block(sequence, 0, 0, 8, 0, content);
    }

    private void receive(EmbeddedChannel lane, Frame frame) {
        lane.pipeline().context(KeepaliveHandler.class).fireChannelRead(frame);
        run();
    }

    private static End end(long blocks) {
        return new End(StreamTotals.NONE, 0, OptionalLong.of(blocks));
    }

    private void assertJoinRefused(String with, String fingerprint, int lane, String part) {
        assertThatThrownBy(() -> join(with, fingerprint, lane))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL))
                .hasMessageContaining(part)
                .message()
                .doesNotContain(token);
        run();
        assertThat(events).as("events of the session").isEmpty();
    }

    // ---- who may join

    @Test
    void everySessionHasAnotherLongTokenThatIsNotPrinted() {
        LaneInvitation other = registry.invite(3, Peers.peer("source", SOURCE), 1);
        assertThat(token).matches("[0-9a-f]{64}").isNotEqualTo(other.grant().token());
        assertThat(lanes.grant().toString()).doesNotContain(token);
    }

    @Test
    void laneWithTheTokenIsAnsweredJoined() {
        assertThat(sentOn(join(2))).containsExactly(new Joined(2));
        assertThat(sentOn(join(1))).containsExactly(new Joined(1));
        assertThat(events).isEmpty();
    }

    @Test
    void wrongTokenAndOtherPeerGetTheSameRefusalAndTheSessionContinues() {
        String message = "no session of this peer awaits a lane with that token";
        assertJoinRefused("0".repeat(64), SOURCE, 1, message);
        assertJoinRefused(token, "bb", 1, message);
        assertThat(sentOn(join(1))).containsExactly(new Joined(1));
    }

    @Test
    void laneThatHasJoinedCannotJoinAgain() {
        EmbeddedChannel lane = join(1);
        assertJoinRefused(token, SOURCE, 1, "lane 1 has joined already");
        assertThat(lane.isOpen()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 15})
    void laneThatWasNotGrantedIsRefused(int lane) {
        assertJoinRefused(token, SOURCE, lane, "lane " + lane + " was not granted");
    }

    @Test
    void laneIsRefusedOnceTheStreamHasBegun() {
        join(1);
        join(2);
        lanes.open();
        assertJoinRefused(token, SOURCE, 1, "no session of this peer");
    }

    @Test
    void withdrawnInvitationReservesNoLane() {
        LaneInvitation other = registry.invite(3, Peers.peer("source", SOURCE), 15_000);
        registry.issue(other, lanes);
        registry.withdraw(other);
        assertThatThrownBy(() -> other.take(1)).hasMessageContaining("no more lanes");
    }

    @Test
    void laneThatConnectsWhileTheSessionEndsIsClosedWithTheFirstLane() {
        EmbeddedChannel late = channel();
        take(late, token, SOURCE, 1);
        lanes.over();
        run();
        assertThat(late.isOpen()).isTrue();
        first.close();
        run();
        assertThat(late.isOpen()).isFalse();
        assertThat(sentOn(late)).isEmpty();
    }

    @Test
    void streamCannotBeginBeforeAllLanesHaveJoined() {
        join(2);
        assertThatThrownBy(lanes::open)
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("lane 1 has not joined");
    }

    // ---- frames of the lanes

    @Test
    void blocksAreHeldUntilTheStreamBeginsAndEarlierBlocksHaveArrived() {
        join(1);
        EmbeddedChannel two = join(2);
        receive(two, block(1));
        assertThat(events).as("before the stream begins").isEmpty();
        lanes.open();
        assertThat(events).as("before block 0").isEmpty();
        lanes.take(block(0));
        assertThat(events).containsExactly("0", "1");
    }

    @Test
    void blockThatNoLaneCanDeliverAnyMoreFailsTheSessionImmediately() {
        EmbeddedChannel one = join(1);
        EmbeddedChannel two = join(2);
        lanes.open();
        receive(two, block(1));
        receive(one, end(2));
        assertThat(events).isEmpty();
        lanes.end(end(2));
        assertThat(events)
                .containsExactly(
                        "TUNNEL_PROTOCOL: block 0 is missing: every lane has gone past it");
    }

    @Test
    void endIsReportedAfterTheLastBlockAndFurtherLanesAreClosed() {
        EmbeddedChannel one = join(1);
        EmbeddedChannel two = join(2);
        lanes.open();
        receive(one, block(1));
        lanes.take(block(0));
        lanes.end(end(3));
        receive(one, end(3));
        assertThat(events).containsExactly("0", "1");
        receive(two, block(2));
        assertThat(events).containsExactly("0", "1", "2");
        receive(two, end(3));
        assertThat(events).containsExactly("0", "1", "2", "end");
        run();
        assertThat(one.isOpen()).isFalse();
        assertThat(two.isOpen()).isFalse();
        assertThat(first.isOpen()).isTrue();
        assertThat(events).as("closing them is no failure").containsExactly("0", "1", "2", "end");
    }

    @Test
    void endWithAnotherBlockCountIsAProtocolError() {
        EmbeddedChannel one = join(1);
        EmbeddedChannel two = join(2);
        lanes.open();
        lanes.take(block(0));
        lanes.end(end(2));
        receive(one, end(2));
        receive(two, end(2));
        assertThat(events)
                .hasSize(2)
                .last()
                .asString()
                .contains("counted 2 blocks", "destination 1");
    }

    @Test
    void differentEndsAreAProtocolError() {
        EmbeddedChannel one = join(1);
        join(2);
        lanes.open();
        lanes.end(end(2));
        receive(one, end(3));
        assertThat(events).singleElement().asString().contains("ends differ");
    }

    @Test
    void blocksAreHeldWhileThePageServerIsSlowAndThenDeliveredInOrder() {
        EmbeddedChannel one = join(1);
        join(2);
        lanes.open();
        lanes.flow(false);
        lanes.take(block(0));
        receive(one, block(1));
        assertThat(events).isEmpty();
        lanes.flow(true);
        assertThat(events).containsExactly("0", "1");
    }

    @Test
    void lostLaneFailsTheSessionAndTheOthersCloseWithTheFirstLane() {
        EmbeddedChannel one = join(1);
        EmbeddedChannel two = join(2);
        lanes.open();
        one.close();
        run();
        assertThat(events)
                .containsExactly("PEER_LOST: lane 1: the connection was closed before TLS was up");
        var closed = lanes.closed();
        lanes.over();
        assertThat(two.isOpen()).as("while the first lane is open").isTrue();
        first.close();
        run();
        assertThat(two.isOpen()).isFalse();
        assertThat(closed).isDone();
    }

    /** A refusal would report a wrong token before the first lane reports the real reason. */
    @Test
    void laneThatJoinsAFailedSessionIsClosedWithTheFirstLane() {
        lanes.over();
        EmbeddedChannel late = join(1);
        assertThat(sentOn(late)).isEmpty();
        assertThat(late.isOpen()).isTrue();
        receive(late, block(0));
        first.close();
        run();
        assertThat(late.isOpen()).isFalse();
        assertThat(events).isEmpty();
    }

    @Test
    void unexpectedFrameOnAFurtherLaneFailsTheSession() {
        EmbeddedChannel one = join(1);
        receive(one, new Delivered());
        assertThat(events)
                .singleElement()
                .asString()
                .startsWith("TUNNEL_PROTOCOL: lane 1")
                .contains("Delivered");
    }

    /** The session's event loop may be slow, and {@link LaneCredit} does not count ends. */
    @Test
    void secondEndOfAFurtherLaneFailsTheSession() {
        EmbeddedChannel one = join(1);
        receive(one, end(5));
        receive(one, end(5));
        assertThat(events)
                .singleElement()
                .asString()
                .startsWith("TUNNEL_PROTOCOL: lane 1")
                .contains("End after the end of a further lane");
    }

    @Test
    void blocksHeldOrReceivedAfterTheSessionEndsAreReleased() {
        EmbeddedChannel one = join(1);
        join(2);
        lanes.open();
        receive(one, block(7));
        lanes.over();
        receive(one, block(8));
        assertThat(events).isEmpty();
    }

    /** Fails on every event, since each lane has been handed over to its session. */
    private static final class Unexpected implements TunnelListener {
        @Override
        public void onTunnelUp(Tunnel tunnel) {
            throw new AssertionError("up");
        }

        @Override
        public void onFrame(Frame frame) {
            throw new AssertionError("" + frame);
        }

        @Override
        public void onWritabilityChanged(boolean writable) {}

        @Override
        public void onTunnelFailure(CloseReason reason, String message) {}
    }
}
