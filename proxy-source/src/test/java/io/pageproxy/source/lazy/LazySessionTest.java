package io.pageproxy.source.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.Done;
import io.pageproxy.frame.Frame.Get;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerNames;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.SessionRole;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.KeepaliveHandler;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.WireCounter;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The whole lazy source between a CRIU and a peer that are both scripted. */
class LazySessionTest {
    private static final int PAGE = 4096;
    private static final RecordLayout LAYOUT = RecordLayout.BYTES_32;
    private static final HostFacts HOST = new HostFacts("x86_64", PAGE);
    private static final PageRequest WANTED = new PageRequest(2, 0x10_0000, 258);
    private static final String CLOSE = "2310";

    private final EmbeddedChannel wire = new EmbeddedChannel();
    private final EmbeddedChannel peer = new EmbeddedChannel(new FrameDecoder());
    private final List<Frame> peerHeard = new ArrayList<>();
    private final LazySession session;
    private boolean descriptorsLeft = true;
    private EmbeddedChannel criu;

    LazySessionTest() {
        wire.freezeTime();
        wire.pipeline()
                .addLast(new WireCounter(), new FrameEncoder(), new KeepaliveHandler(15_000));
        HostPort nobody = new HostPort("127.0.0.1", 1);
        LazyConfig config =
                new LazyConfig(
                        Endpoint.tcp("dest", 1),
                        nobody,
                        false,
                        LocalUsers.anybody(),
                        Optional.of("web"),
                        CodecChoice.LZ4,
                        HOST,
                        Timeouts.DEFAULT,
                        "source");
        session =
                new LazySession(
                        config,
                        wire.eventLoop(),
                        (loop, listener, wanted) -> {},
                        dumper -> isKnown());
        PeerIdentity dest = new PeerIdentity("dest", "", "", Instant.EPOCH, PeerNames.NONE);
        session.onTunnelUp(new Tunnel(wire, new TlsSessionInfo("TLSv1.3", "", "", "", dest)));
    }

    private boolean isKnown() throws IOException {
        if (!descriptorsLeft) {
            throw new IOException(
                    "netlink's socket for sock_diag cannot be had: Too many open files");
        }
        return true;
    }

    @AfterEach
    void nothingIsLeftOpen() {
        session.fail(CloseReason.SHUTDOWN, "the test is over");
        peerHears();
        for (Frame frame : peerHeard) {
            if (frame instanceof Block block && block.content().refCnt() > 0) {
                block.content().release();
            }
        }
        wire.finishAndReleaseAll();
        peer.finishAndReleaseAll();
        if (criu != null) {
            criu.finishAndReleaseAll();
        }
    }

    private void accepted() {
        peerSays(new Accept("dest", "4.2", LAYOUT, "", 15_000));
    }

    private void criuComes() {
        criu = new EmbeddedChannel(new LazyDumperInitializer(session));
    }

    private void peerSays(Frame frame) {
        try {
            session.onFrame(frame);
        } catch (SessionException e) {
            session.onTunnelFailure(e.reason(), e.getMessage());
        }
    }

    private List<Frame> peerHears() {
        for (ByteBuf bytes; (bytes = wire.readOutbound()) != null; ) {
            peer.writeInbound(bytes);
        }
        for (Frame frame; (frame = peer.readInbound()) != null; ) {
            peerHeard.add(frame);
        }
        return peerHeard;
    }

    private String criuHears() {
        StringBuilder heard = new StringBuilder();
        for (ByteBuf bytes; (bytes = criu.readOutbound()) != null; ) {
            heard.append(ByteBufUtil.hexDump(bytes));
            bytes.release();
        }
        return heard.toString();
    }

    private static String asked(PageRequest request) {
        ByteBuf out = Unpooled.buffer();
        request.write(LAYOUT, out);
        return ByteBufUtil.hexDump(out);
    }

    private static ByteBuf answer(PageRequest request) {
        ByteBuf out = Unpooled.buffer();
        LAYOUT.write(
                PageRecord.pages(
                        ImageId.ofDstId(request.dstId()),
                        PageFlags.PRESENT,
                        request.vaddr(),
                        request.nrPages()),
                out);
        return out.writeZero((int) request.nrPages() * PAGE);
    }

    private SessionReport over() {
        wire.runPendingTasks();
        peerHears();
        wire.close();
        wire.runPendingTasks();
        assertThat(session.report()).isDone();
        return session.report().join();
    }

    private void assertFailed(CloseReason reason) {
        assertThat(over().outcome().reason()).isEqualTo(reason);
        if (criu != null) {
            assertThat(criu.isOpen()).as("CRIU's socket is open").isFalse();
            assertThat(criuHears()).doesNotContain(CLOSE);
        }
    }

    @Test
    void requestsGoToCriuAndItsAnswersComeBackInBlocks() {
        accepted();
        peerSays(new Get(WANTED)); // before CRIU is there
        criuComes();
        peerSays(new Get(WANTED));
        assertThat(criuHears()).isEqualTo(asked(WANTED) + asked(WANTED));

        ByteBuf answer = answer(WANTED);
        String plain = ByteBufUtil.hexDump(answer);
        criu.writeInbound(answer.readRetainedSlice(100));
        assertThat(peerHears()).noneMatch(Block.class::isInstance);
        criu.writeInbound(answer);
        Block block = (Block) peerHears().get(1);
        try (BlockDecoder decoder = new BlockDecoder(PAGE, (first, pages, to) -> {})) {
            ByteBuf decoded = decoder.decode(block, wire.alloc());
            assertThat(ByteBufUtil.hexDump(decoded)).isEqualTo(plain);
            decoded.release();
        }
        assertThat(((Hello) peerHeard.get(0)).role()).isEqualTo(SessionRole.LAZY);
    }

    @Test
    void criuHearsCloseOnlyWhenTheDestinationIsDone() {
        accepted();
        criuComes();
        peerSays(new Get(WANTED));
        criu.writeInbound(answer(WANTED));
        assertThat(criuHears()).doesNotContain(CLOSE);
        peerSays(new Done());
        assertThat(criuHears()).startsWith(CLOSE);
        assertThat(peerHears()).noneMatch(Delivered.class::isInstance);
        criu.writeInbound(Unpooled.buffer().writeIntLE(0));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.COMPLETED);
        assertThat(peerHeard).hasAtLeastOneElementOfType(Delivered.class);
    }

    /** What is still under way when the daemon has ended comes before the status. */
    @Test
    void anAnswerThatNobodyWaitsForAnyMoreIsNotTakenForTheStatus() {
        accepted();
        criuComes();
        peerSays(new Get(WANTED));
        peerSays(new Done());
        criu.writeInbound(answer(WANTED).writeIntLE(0));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.COMPLETED);
    }

    @Test
    void badStatusIsNoSuccess() {
        accepted();
        criuComes();
        peerSays(new Get(WANTED));
        criu.writeInbound(answer(WANTED));
        peerSays(new Done());
        criu.writeInbound(Unpooled.buffer().writeIntLE(-1));
        assertFailedAfterClose();
    }

    private void assertFailedAfterClose() {
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMPER_PROTOCOL);
        assertThat(peerHeard).noneMatch(Delivered.class::isInstance);
    }

    @Test
    void cutTunnelLeavesCriuWithoutClose() {
        accepted();
        criuComes();
        peerSays(new Get(WANTED));
        session.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut");
        assertFailed(CloseReason.PEER_LOST);
    }

    @Test
    void failureAtTheDestinationLeavesCriuWithoutClose() {
        accepted();
        criuComes();
        peerSays(new Abort(CloseReason.PAGE_SERVER_FAILED, "exit 1", Optional.empty()));
        assertFailed(CloseReason.PAGE_SERVER_FAILED);
    }

    @Test
    void pagesThatNobodyAskedForEndTheSession() {
        accepted();
        criuComes();
        criu.writeInbound(answer(WANTED));
        assertFailed(CloseReason.DUMPER_PROTOCOL);
    }

    @Test
    void criuThatLeavesEndsTheSession() {
        accepted();
        criuComes();
        criu.close();
        assertFailed(CloseReason.DUMPER_LOST);
        assertThat(peerHeard).hasAtLeastOneElementOfType(Abort.class);
    }

    @Test
    void criuThatDoesNotAnswerEndsTheSession() {
        accepted();
        criuComes();
        peerSays(new Get(WANTED));
        wire.advanceTimeBy(15, TimeUnit.SECONDS);
        wire.runScheduledPendingTasks();
        assertFailed(CloseReason.DUMPER_LOST);
    }

    @Test
    void criuWhoseUserCannotBeAskedForIsNotCalledAStranger() {
        descriptorsLeft = false;
        accepted();
        criuComes();
        peerSays(new Get(WANTED));
        criu.writeInbound(answer(WANTED));

        assertFailed(CloseReason.LOCAL_FAILURE);
        assertThat(session.report().join().outcome().message())
                .contains("--lazy-pages", "Too many open files", "ulimit -n")
                .doesNotContain("another user");
    }

    @Test
    void idleCriuMayBeSilentForAsLongAsItLikes() {
        accepted();
        criuComes();
        peerSays(new Get(WANTED));
        criu.writeInbound(answer(WANTED));
        wire.advanceTimeBy(60, TimeUnit.SECONDS);
        wire.runScheduledPendingTasks();
        assertThat(session.report()).isNotDone();
    }

    @Test
    void doneBeforeAnythingWasAskedForIsNotBelieved() {
        accepted();
        peerSays(new Done());
        assertFailed(CloseReason.TUNNEL_PROTOCOL);
    }
}
