package io.pageproxy.dest.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.codec.BlockCompressor;
import io.pageproxy.codec.BlockEncoder;
import io.pageproxy.codec.CompressionLevel;
import io.pageproxy.codec.LevelSelector;
import io.pageproxy.dest.HeldWorkers;
import io.pageproxy.dest.accept.AcceptServices;
import io.pageproxy.dest.accept.HandshakeLimiter;
import io.pageproxy.dest.accept.PeerConnection;
import io.pageproxy.dest.accept.PendingConnections;
import io.pageproxy.dest.accept.Routes;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.lanes.LaneRegistry;
import io.pageproxy.dest.policy.PolicyFile;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.references.WrittenChains;
import io.pageproxy.dest.session.Admissions;
import io.pageproxy.dest.session.ConnectionHandler;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.dest.session.ImagesKeeping;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.dest.session.SessionSlots;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.frame.Frame.Probed;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.net.HostPort;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerNames;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.KeepaliveHandler;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelHandler;
import io.pageproxy.tunnel.TunnelListener;
import io.pageproxy.tunnel.WireCounter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A router and the push session that it begins, between a scripted peer and page server. */
abstract class PushSessionLab {
    static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);
    static final HostFacts HOST = new HostFacts("x86_64", 4096);
    static final StreamTotals TOTALS = new StreamTotals(64, 2, 1, 0, 0, 0);

    /** The two files of the first image, and three with it: the folder, the mark, the log. */
    static final long FIRST_IMAGE_BYTES = 5 * 4096;

    @TempDir Path temp;
    Path imagesDir;
    ScriptedPageServers pageServer;
    final HeldWorkers workers = new HeldWorkers();
    final SessionSlots slots = new SessionSlots(1);
    final LaneRegistry registry = new LaneRegistry();
    final WrittenChains chains = new WrittenChains();
    final ScriptedMigrations migrations = new ScriptedMigrations();
    private final EventLoopGroup group = EventLoops.create("test", 1);
    final EventLoop loop = group.next();
    final EmbeddedChannel wire = new EmbeddedChannel();
    final BlockEncoder encoder = new BlockEncoder(LevelSelector.fixed(CompressionLevel.LZ4));
    final List<Frame> peerHeard = new ArrayList<>();
    long maxSessionBytes = 1 << 20;
    boolean spaceCheck = true;
    int maxSessionImages = 10;
    Duration pageServerTimeout = DestConfig.DEFAULT_PAGE_SERVER_TIMEOUT;
    SessionPolicy policy = SessionPolicy.ANY;
    PeerIdentity peer = new PeerIdentity("source", "", PeerNames.NONE);

    /** Null until the router has handed the connection over. */
    PushSession session;

    private final EmbeddedChannel decoder = new EmbeddedChannel(new FrameDecoder());
    private PeerConnection connection;

    @BeforeEach
    final void prepare() throws IOException {
        imagesDir = Files.createDirectory(temp.resolve("images"));
        pageServer = new ScriptedPageServers(temp);
        wire.pipeline()
                .addLast(new WireCounter(), new FrameEncoder(), new KeepaliveHandler(15_000));
    }

    @AfterEach
    final void nothingIsLeftOpen() throws Exception {
        workers.letGo();
        if (connection != null) {
            fail(CloseReason.SHUTDOWN, "the test is over");
            over();
            onLoop(wire::finishAndReleaseAll);
            assertThat(slots.taken()).isZero();
        }
        decoder.finishAndReleaseAll();
        workers.close();
        pageServer.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** States in which the peer or the page server can act; each is reached from an earlier one. */
    enum Stage {
        PREPARING,
        READY,
        STREAMING,
        CLOSING,
        CHECKING,
        REPORTED
    }

    final void reach(Stage stage) throws Exception {
        switch (stage) {
            case PREPARING -> {
                connect();
                workers.hold();
                peerSends(hello(Optional.of("web")));
            }
            case READY -> {
                connect();
                peerSends(hello(Optional.of("web")));
                awaitFrame(Accept.class);
            }
            case STREAMING -> {
                reach(Stage.READY);
                peerSends(new Open(RecordLayout.BYTES_32));
                peerSends(block(PageRecord.of(PageCommand.OPEN2, IMAGE)));
                assertThat(pageServer.heard()).hasSize(2 * 32);
                pageServer.says("00");
                awaitFrame(Answer.class);
            }
            case CLOSING -> {
                reach(Stage.STREAMING);
                peerSends(block(PageRecord.end(PageCommand.FORCE_CLOSE)));
                assertThat(pageServer.heard()).as("CLOSE before END").isEmpty();
                peerSends(new End(TOTALS, encoder.checksum()));
                assertThat(pageServer.heard()).hasSize(2 * 32).startsWith("2410");
            }
            case CHECKING -> {
                reach(Stage.CLOSING);
                workers.hold();
                pageServer.writesImages();
                pageServer.says("00000000");
                pageServer.exits(ExitStatus.exited(0));
                await().until(() -> session.stateName().equals("checking"));
            }
            case REPORTED -> {
                reach(Stage.CHECKING);
                assertThat(peerHears()).noneMatch(Result.class::isInstance);
                workers.letGo();
                awaitFrame(Result.class);
            }
        }
    }

    /** The peer is authenticated, and has sent nothing yet. */
    final void connect() throws Exception {
        DestConfig config =
                new DestConfig(
                        new Endpoint.Tcp(new HostPort("", 0)),
                        LocalUsers.anybody(),
                        imagesDir,
                        new DestLimits(1, maxSessionBytes, maxSessionImages, 3, 1, 1, 1, 0),
                        ImagesSync.NONE,
                        HOST,
                        Timeouts.DEFAULT,
                        pageServerTimeout,
                        false,
                        "dest",
                        ImagesKeeping.DEFAULT,
                        spaceCheck);
        PushServices push =
                new PushServices(
                        config,
                        new Admissions(HOST, policy, slots),
                        policy,
                        pageServer,
                        registry,
                        chains,
                        migrations,
                        workers);
        AcceptServices accept =
                new AcceptServices(
                        Timeouts.DEFAULT.handshake(),
                        new Probed("dest", "4.2", RecordLayout.BYTES_32, HOST),
                        new HandshakeLimiter(1, 1),
                        new PendingConnections(),
                        new Routes(
                                new PushSessions(push),
                                none(),
                                registry,
                                none(),
                                none(),
                                none(),
                                none()),
                        () -> false);
        onLoop(
                () -> {
                    connection =
                            new PeerConnection(
                                    accept,
                                    loop,
                                    new SessionFacts("192.0.2.1:1", HOST.pageSizeBytes()),
                                    begun -> session = (PushSession) begun);
                    wire.pipeline().addLast(new TunnelHandler(connection));
                    connection.onTunnelUp(
                            new Tunnel(wire, new TlsSessionInfo("TLSv1.3", "", "", peer)));
                });
    }

    private static <F extends Frame> ConnectionHandler<F> none() {
        return (incoming, first) -> {
            throw new IllegalStateException("only push sessions are served");
        };
    }

    /** A policy with one entry, for a peer with that name. */
    final void policy(String limits) throws Exception {
        Path file = temp.resolve("policy.yaml");
        Files.writeString(file, "peers: [{dns: [web.example], sessions: [web]" + limits + "}]");
        policy = new PolicyFile(file);
        peer =
                new PeerIdentity(
                        "source",
                        "",
                        new PeerNames(
                                List.of("web.example"), List.of(), List.of(), Optional.empty()));
    }

    static Hello hello(Optional<String> name) {
        return new Hello("source", HOST, name, Optional.empty(), 15_000, 1, 0);
    }

    final Block block(PageRecord page) {
        ByteBuf record = Unpooled.buffer();
        RecordLayout.BYTES_32.write(page, record);
        return block(record);
    }

    final Block block(ByteBuf content) {
        int header = FrameLayout.BLOCK_HEADER_BYTES;
        ByteBuf raw = Unpooled.directBuffer(header + content.readableBytes());
        raw.setIndex(header, header).writeBytes(content);
        decoder.writeInbound(encoder.encode(raw, new BlockCompressor(), raw.alloc()));
        return decoder.readInbound();
    }

    final void onLoop(Runnable task) throws Exception {
        loop.submit(task).get();
    }

    private TunnelListener listener() {
        return session == null ? connection : session;
    }

    /** Delivers a frame as the handler of the tunnel does. */
    final void peerSends(Frame frame) throws Exception {
        onLoop(
                () -> {
                    try {
                        listener().onFrame(frame);
                    } catch (SessionException e) {
                        listener().onTunnelFailure(e.reason(), e.getMessage());
                    }
                });
    }

    final void tunnelFails() throws Exception {
        onLoop(() -> listener().onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut"));
    }

    final void fail(CloseReason reason, String message) throws Exception {
        onLoop(
                () -> {
                    connection.fail(reason, message);
                    if (session != null) {
                        session.fail(reason, message);
                    }
                });
    }

    final List<Frame> peerHears() throws Exception {
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

    final void awaitFrame(Class<? extends Frame> type) {
        await().untilAsserted(() -> assertThat(peerHears()).hasAtLeastOneElementOfType(type));
    }

    /** Waits for the end; the peer hangs up once it has read the reason. */
    final SessionReport over() {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> {
                            List<Frame> heard = peerHears();
                            if (!heard.isEmpty() && heard.get(heard.size() - 1) instanceof Abort) {
                                onLoop(wire::close);
                            }
                            return connection.done().isDone()
                                    && (session == null || session.report().isDone());
                        });
        return connection.done().join().orElseGet(() -> session.report().join());
    }

    final Outcome failed(CloseReason reason) throws Exception {
        workers.letGo();
        Outcome outcome = over().outcome();
        assertThat(outcome.reason()).as(outcome.message()).isEqualTo(reason);
        return outcome;
    }

    final void peerWasToldOf(CloseReason reason) throws Exception {
        assertThat(peerHears())
                .last()
                .isInstanceOfSatisfying(
                        Abort.class, abort -> assertThat(abort.reason()).isEqualTo(reason));
    }

    final Path folder() {
        return imagesDir.resolve("web");
    }

    /** The mark of incomplete images. */
    final Path mark() {
        return folder().resolve(".incomplete");
    }

    /** A failed session leaves no process, no socket, and no folder without images. */
    final void nothingIsLeft(Stage stage) throws Exception {
        assertThat(slots.taken()).isZero();
        if (stage.compareTo(Stage.READY) >= 0) {
            assertThat(pageServer.hasEnded()).isTrue();
        }
        if (stage.compareTo(Stage.READY) >= 0 && stage != Stage.REPORTED) {
            await().until(pageServer::isCutOff);
        }
        if (stage.compareTo(Stage.CHECKING) < 0) {
            assertThat(imagesDir).isEmptyDirectory();
        }
    }
}
