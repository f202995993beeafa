package io.pageproxy.dest.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.codec.BlockCompressor;
import io.pageproxy.codec.BlockEncoder;
import io.pageproxy.codec.Effort;
import io.pageproxy.codec.Efforts;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.Done;
import io.pageproxy.frame.Frame.Get;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.KeepaliveHandler;
import io.pageproxy.net.Tunnel;
import io.pageproxy.net.WireCounter;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tls.PeerIdentity;
import io.pageproxy.tls.PeerNames;
import io.pageproxy.tls.TlsSessionInfo;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole lazy destination between a peer and a daemon that are both scripted. */
@Timeout(60)
class LazyDestSessionTest {
    private static final EventLoopGroup GROUP = EventLoops.create("test", 1);
    private static final int PAGE = 4096;
    private static final RecordLayout LAYOUT = RecordLayout.BYTES_32;
    private static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);
    private static final PageRequest WANTED = new PageRequest(2, 0x10_0000, IMAGE.toDstId());

    private final EventLoop loop = GROUP.next();
    private final EmbeddedChannel wire = new EmbeddedChannel();
    private final EmbeddedChannel decoder = new EmbeddedChannel(new FrameDecoder());
    private final BlockEncoder encoder =
            new BlockEncoder(Efforts.always(Effort.LZ4), Optional.empty());
    private final List<Frame> peerHeard = new ArrayList<>();
    private ScriptedDaemon daemon;
    private LazyDestSession session;

    @BeforeEach
    void begin(@TempDir Path temp) throws Exception {
        daemon = new ScriptedDaemon(temp);
        wire.pipeline()
                .addLast(new WireCounter(), new FrameEncoder(), new KeepaliveHandler(15_000));
        PeerIdentity source = new PeerIdentity("source", "", "", Instant.EPOCH, PeerNames.NONE);
        Tunnel tunnel = new Tunnel(wire, new TlsSessionInfo("TLSv1.3", "", "", "", source));
        List<String> command = List.of("criu", "lazy-pages", "-D", "/srv/{session}");
        LazyPlan plan =
                new LazyPlan(
                        new LazyDaemons(daemon, command, "4.2", LAYOUT),
                        Optional.of(new SessionName("web")),
                        SessionGrant.UNLIMITED,
                        PAGE,
                        Timeouts.DEFAULT,
                        "dest",
                        "192.0.2.1:1");
        onLoop(
                () -> {
                    session = new LazyDestSession(plan, tunnel, loop);
                    session.begin(Runnable::run);
                });
        await().untilAsserted(
                        () -> assertThat(peerHears()).hasAtLeastOneElementOfType(Accept.class));
    }

    @AfterEach
    void tidyUp() throws Exception {
        onLoop(() -> session.fail(CloseReason.SHUTDOWN, "the test is over"));
        over();
        onLoop(wire::finishAndReleaseAll);
        decoder.finishAndReleaseAll();
        daemon.close();
    }

    @AfterAll
    static void stopLoops() {
        GROUP.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private void onLoop(Runnable task) throws Exception {
        loop.submit(task).get();
    }

    private void peerSays(Frame frame) throws Exception {
        onLoop(
                () -> {
                    try {
                        session.onFrame(frame);
                    } catch (SessionException e) {
                        session.onTunnelFailure(e.reason(), e.getMessage());
                    }
                });
    }

    private List<Frame> peerHears() throws Exception {
        onLoop(
                () -> {
                    for (ByteBuf bytes; (bytes = wire.readOutbound()) != null; ) {
                        decoder.writeInbound(bytes);
                    }
                });
        for (Frame frame; (frame = decoder.readInbound()) != null; ) {
            peerHeard.add(frame);
        }
        return peerHeard;
    }

    private void awaitFrame(Class<? extends Frame> type) {
        await().untilAsserted(() -> assertThat(peerHears()).hasAtLeastOneElementOfType(type));
    }

    private SessionReport over() {
        await().until(
                        () -> {
                            peerHears();
                            if (!peerHeard.isEmpty()
                                    && peerHeard.get(peerHeard.size() - 1) instanceof Abort) {
                                onLoop(wire::close);
                            }
                            return session.report().isDone();
                        });
        return session.report().join();
    }

    private static ByteBuf asked(PageRequest request) {
        ByteBuf out = Unpooled.buffer();
        request.write(LAYOUT, out);
        return out;
    }

    private static ByteBuf end() {
        ByteBuf out = Unpooled.buffer();
        LAYOUT.write(PageRecord.end(PageCommand.FORCE_CLOSE), out);
        return out;
    }

    private static ByteBuf answer(PageRequest request) {
        ByteBuf out = Unpooled.buffer();
        LAYOUT.write(
                PageRecord.pages(IMAGE, PageFlags.PRESENT, request.vaddr(), request.nrPages()),
                out);
        return out.writeZero((int) request.nrPages() * PAGE);
    }

    private Block block(ByteBuf content) {
        int header = FrameLayout.BLOCK_HEADER_BYTES;
        ByteBuf raw = Unpooled.directBuffer(header + content.readableBytes());
        raw.setIndex(header, header).writeBytes(content.duplicate());
        try (BlockCompressor compressor = new BlockCompressor()) {
            decoder.writeInbound(
                    encoder.encode(raw, new PageRuns(PAGE, 0), compressor, raw.alloc()));
        }
        return decoder.readInbound();
    }

    private void asksAndIsAnswered() throws Exception {
        daemon.says(asked(WANTED));
        awaitFrame(Get.class);
        ByteBuf answer = answer(WANTED);
        peerSays(block(answer));
        daemon.awaitHears(answer);
    }

    @Test
    void daemonIsStartedForTheSessionOnOurSocket() {
        assertThat(daemon.command())
                .containsExactly(
                        "criu",
                        "lazy-pages",
                        "-D",
                        "/srv/web",
                        "--page-server",
                        "--ps-socket",
                        "3");
    }

    @Test
    void requestsGoToTheSourceAndPagesComeBack() throws Exception {
        asksAndIsAnswered();
        assertThat(peerHeard).contains(new Get(WANTED));
    }

    @Test
    void theSourceHearsDoneWhenTheDaemonHasExitedWithZero() throws Exception {
        asksAndIsAnswered();
        daemon.says(end());
        daemon.awaitHears(Unpooled.buffer().writeIntLE(0));
        assertThat(peerHears()).noneMatch(Done.class::isInstance);
        daemon.exits(ExitStatus.exited(0));
        awaitFrame(Done.class);
        peerSays(new Delivered());
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.COMPLETED);
    }

    /** It says CLOSE even where it has failed. */
    @Test
    void theSourceHearsNoDoneOfADaemonThatFails() throws Exception {
        asksAndIsAnswered();
        daemon.says(end());
        daemon.awaitHears(Unpooled.buffer().writeIntLE(0));
        daemon.exits(ExitStatus.exited(1));
        assertFailed(CloseReason.PAGE_SERVER_FAILED);
    }

    private void assertFailed(CloseReason reason) {
        assertThat(over().outcome().reason()).isEqualTo(reason);
        assertThat(peerHeard).noneMatch(Done.class::isInstance);
    }

    @Test
    void theSourceHearsNoDoneOfADaemonThatSaysNoClose() throws Exception {
        asksAndIsAnswered();
        daemon.exits(ExitStatus.exited(0));
        assertFailed(CloseReason.PAGE_SERVER_FAILED);
    }

    @Test
    void cutTunnelTakesTheDaemonsSocketAway() throws Exception {
        asksAndIsAnswered();
        onLoop(() -> session.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut"));
        await().until(daemon::isCutOff);
        daemon.exits(ExitStatus.exited(1));
        assertFailed(CloseReason.PEER_LOST);
    }

    /** A wrapper that waits for images does not look at its socket. */
    @Test
    void daemonThatDoesNotMindItsSocketIsToldToEnd() throws Exception {
        onLoop(() -> session.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut"));
        onLoop(wire::close);
        await().until(session.report()::isDone);
        assertThat(daemon.wasTerminated()).isTrue();
    }

    @Test
    void pagesThatNobodyAskedForDoNotReachTheDaemon() throws Exception {
        daemon.says(asked(WANTED));
        awaitFrame(Get.class);
        ByteBuf twice = answer(WANTED).writeBytes(answer(WANTED));
        peerSays(block(twice));
        assertFailed(CloseReason.TUNNEL_PROTOCOL);
        assertThat(daemon.hasHeardNothing()).isTrue();
    }

    @Test
    void daemonThatPushesPagesEndsTheSession() throws Exception {
        daemon.says(answer(WANTED));
        assertFailed(CloseReason.PAGE_SERVER_FAILED);
        assertThat(peerHeard).noneMatch(Get.class::isInstance);
    }
}
