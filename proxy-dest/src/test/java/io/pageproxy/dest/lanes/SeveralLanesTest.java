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

/** A session of three lanes: who may join it, and what becomes of what they bring. */
class SeveralLanesTest {
    private static final String SOURCE = "aa";

    private final LaneRegistry registry = new LaneRegistry();
    private final List<EmbeddedChannel> channels = new ArrayList<>();
    private final List<ByteBuf> contents = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
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

    /** Notes what a session is told. */
    private final class Session implements LaneListener {
        @Override
        public void onBlock(Block block) {
            heard.add("" + block.sequence());
            block.release();
        }

        @Override
        public void onEnd(End end) {
            heard.add("end");
        }

        @Override
        public void onStreamFailure(CloseReason reason, String message) {
            heard.add(reason + ": " + message);
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

    private static List<Frame> said(EmbeddedChannel channel) {
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

    private void bring(EmbeddedChannel lane, Frame frame) {
        lane.pipeline().context(KeepaliveHandler.class).fireChannelRead(frame);
        run();
    }

    private static End end(long blocks) {
        return new End(StreamTotals.NONE, 0, OptionalLong.of(blocks));
    }

    private void refusesToJoin(String with, String fingerprint, int lane, String why) {
        assertThatThrownBy(() -> join(with, fingerprint, lane))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL))
                .hasMessageContaining(why)
                .message()
                .doesNotContain(token);
        run();
        assertThat(heard).as("what the session hears of it").isEmpty();
    }

    // ---- who may join

    @Test
    void tokensAreLongAndNeverTheSame() {
        LaneInvitation other = registry.invite(3, Peers.peer("source", SOURCE), 1);
        assertThat(token).matches("[0-9a-f]{64}").isNotEqualTo(other.grant().token());
        assertThat(lanes.grant().toString()).doesNotContain(token);
    }

    @Test
    void aLaneWithTheTokenIsTold() {
        assertThat(said(join(2))).containsExactly(new Joined(2));
        assertThat(said(join(1))).containsExactly(new Joined(1));
        assertThat(heard).isEmpty();
    }

    @Test
    void aWrongTokenAndAnotherIdentityAreRefusedAlikeAndTheSessionGoesOn() {
        String message = "no session of this peer awaits a lane with that token";
        refusesToJoin("0".repeat(64), SOURCE, 1, message);
        refusesToJoin(token, "bb", 1, message);
        assertThat(said(join(1))).containsExactly(new Joined(1));
    }

    @Test
    void aLaneJoinsOnce() {
        EmbeddedChannel lane = join(1);
        refusesToJoin(token, SOURCE, 1, "lane 1 has joined already");
        assertThat(lane.isOpen()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 15})
    void aLaneThatWasNotGrantedIsRefused(int lane) {
        refusesToJoin(token, SOURCE, lane, "lane " + lane + " was not granted");
    }

    @Test
    void aLaneIsTooLateWhenTheStreamHasBegunOrTheSessionIsOver() {
        join(1);
        join(2);
        lanes.open();
        refusesToJoin(token, SOURCE, 1, "no session of this peer");
    }

    @Test
    void withdrawnInvitationReservesNoLane() {
        LaneInvitation other = registry.invite(3, Peers.peer("source", SOURCE), 15_000);
        registry.issue(other, lanes);
        registry.withdraw(other);
        assertThatThrownBy(() -> other.take(1)).hasMessageContaining("no more lanes");
    }

    @Test
    void aLaneThatComesWhileTheSessionEndsIsClosedWithTheFirst() {
        EmbeddedChannel late = channel();
        take(late, token, SOURCE, 1);
        lanes.over();
        run();
        assertThat(late.isOpen()).isTrue();
        first.close();
        run();
        assertThat(late.isOpen()).isFalse();
        assertThat(said(late)).isEmpty();
    }

    @Test
    void aStreamDoesNotBeginWithoutAllLanes() {
        join(2);
        assertThatThrownBy(lanes::open)
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("lane 1 has not joined");
    }

    // ---- what they bring

    @Test
    void blocksWaitForTheirTurnAndForTheStreamToBegin() {
        join(1);
        EmbeddedChannel two = join(2);
        bring(two, block(1));
        assertThat(heard).as("before the stream begins").isEmpty();
        lanes.open();
        assertThat(heard).as("before block 0").isEmpty();
        lanes.take(block(0));
        assertThat(heard).containsExactly("0", "1");
    }

    @Test
    void aBlockThatNoLaneCanBringAnyMoreFailsTheSessionAtOnce() {
        EmbeddedChannel one = join(1);
        EmbeddedChannel two = join(2);
        lanes.open();
        bring(two, block(1));
        bring(one, end(2));
        assertThat(heard).isEmpty();
        lanes.end(end(2));
        assertThat(heard)
                .containsExactly(
                        "TUNNEL_PROTOCOL: block 0 is missing: every lane has gone past it");
    }

    @Test
    void theEndIsActedOnBehindTheLastBlockAndTheFurtherLanesAreClosed() {
        EmbeddedChannel one = join(1);
        EmbeddedChannel two = join(2);
        lanes.open();
        bring(one, block(1));
        lanes.take(block(0));
        lanes.end(end(3));
        bring(one, end(3));
        assertThat(heard).containsExactly("0", "1");
        bring(two, block(2));
        assertThat(heard).containsExactly("0", "1", "2");
        bring(two, end(3));
        assertThat(heard).containsExactly("0", "1", "2", "end");
        run();
        assertThat(one.isOpen()).isFalse();
        assertThat(two.isOpen()).isFalse();
        assertThat(first.isOpen()).isTrue();
        assertThat(heard).as("their end is no failure").containsExactly("0", "1", "2", "end");
    }

    @Test
    void anEndThatCountsOtherBlocksIsABrokenProtocol() {
        EmbeddedChannel one = join(1);
        EmbeddedChannel two = join(2);
        lanes.open();
        lanes.take(block(0));
        lanes.end(end(2));
        bring(one, end(2));
        bring(two, end(2));
        assertThat(heard)
                .hasSize(2)
                .last()
                .asString()
                .contains("counted 2 blocks", "destination 1");
    }

    @Test
    void endsThatDifferAreABrokenProtocol() {
        EmbeddedChannel one = join(1);
        join(2);
        lanes.open();
        lanes.end(end(2));
        bring(one, end(3));
        assertThat(heard).singleElement().asString().contains("ends differ");
    }

    @Test
    void aPageServerThatIsSlowKeepsBlocksBackAndThenGetsThemInOrder() {
        EmbeddedChannel one = join(1);
        join(2);
        lanes.open();
        lanes.flow(false);
        lanes.take(block(0));
        bring(one, block(1));
        assertThat(heard).isEmpty();
        lanes.flow(true);
        assertThat(heard).containsExactly("0", "1");
    }

    @Test
    void aLaneThatIsCutFailsTheSessionAndTheOthersCloseWithTheFirst() {
        EmbeddedChannel one = join(1);
        EmbeddedChannel two = join(2);
        lanes.open();
        one.close();
        run();
        assertThat(heard)
                .containsExactly("PEER_LOST: lane 1: the connection was closed before TLS was up");
        var closed = lanes.closed();
        lanes.over();
        assertThat(two.isOpen()).as("before the word on the first was heard").isTrue();
        first.close();
        run();
        assertThat(two.isOpen()).isFalse();
        assertThat(closed).isDone();
    }

    /** To refuse it would tell its source of a wrong token, before the first lane says why. */
    @Test
    void aLaneThatJoinsASessionThatHasFailedWaitsForTheWordOnTheFirst() {
        lanes.over();
        EmbeddedChannel late = join(1);
        assertThat(said(late)).isEmpty();
        assertThat(late.isOpen()).isTrue();
        bring(late, block(0));
        first.close();
        run();
        assertThat(late.isOpen()).isFalse();
        assertThat(heard).isEmpty();
    }

    @Test
    void aFrameThatDoesNotBelongOnAFurtherLaneFailsTheSession() {
        EmbeddedChannel one = join(1);
        bring(one, new Delivered());
        assertThat(heard)
                .singleElement()
                .asString()
                .startsWith("TUNNEL_PROTOCOL: lane 1")
                .contains("Delivered");
    }

    /** The session's loop may be slow, and ends are not charged as blocks are. */
    @Test
    void onlyTheFirstEndOfAFurtherLaneIsQueuedForTheSession() {
        EmbeddedChannel one = join(1);
        bring(one, end(5));
        bring(one, end(5));
        assertThat(heard)
                .singleElement()
                .asString()
                .startsWith("TUNNEL_PROTOCOL: lane 1")
                .contains("End after the end of a further lane");
    }

    @Test
    void whatIsHeldOrStillComesWhenTheSessionIsOverIsReleased() {
        EmbeddedChannel one = join(1);
        join(2);
        lanes.open();
        bring(one, block(7));
        lanes.over();
        bring(one, block(8));
        assertThat(heard).isEmpty();
    }

    /** The lane has been handed over, so nothing more comes here. */
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
