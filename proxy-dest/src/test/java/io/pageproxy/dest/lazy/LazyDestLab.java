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
import io.pageproxy.codec.CompressionLevel;
import io.pageproxy.codec.LevelSelector;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.session.Admissions;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.dest.session.SessionSlots;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Done;
import io.pageproxy.frame.Frame.Hello;
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
import io.pageproxy.tunnel.TunnelHandler;
import io.pageproxy.tunnel.TunnelListener;
import io.pageproxy.tunnel.WireCounter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** A lazy session of the destination with a scripted peer. */
abstract class LazyDestLab {
    static final int PAGE = 4096;
    static final RecordLayout LAYOUT = RecordLayout.BYTES_32;
    static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);
    static final PageRequest WANTED = new PageRequest(2, 0x10_0000, IMAGE.toDstId());

    private final EventLoopGroup group = EventLoops.create("test", 1);
    final EventLoop loop = group.next();
    final EmbeddedChannel wire = new EmbeddedChannel();
    final EmbeddedChannel decoder = new EmbeddedChannel(new FrameDecoder());
    final BlockEncoder encoder = new BlockEncoder(LevelSelector.fixed(CompressionLevel.LZ4));
    final List<Frame> peerHeard = new ArrayList<>();
    private final SessionSlots slots = new SessionSlots(1);
    LazyDestSession session;

    /** The tree that waits for the session's pages; empty: one of somebody else. */
    Optional<LazyTarget> target = Optional.empty();

    /** How long the daemon may do nothing before it exits. */
    Duration daemonTimeout = Duration.ofSeconds(30);

    /**
     * Begins a session with a daemon from {@code daemons}; returns when the peer has received
     * Accept.
     */
    final void begin(LazyDaemons daemons, Executor workers) throws Exception {
        wire.pipeline()
                .addLast(new WireCounter(), new FrameEncoder(), new KeepaliveHandler(15_000));
        PeerIdentity source = new PeerIdentity("source", "", PeerNames.NONE);
        Tunnel tunnel = new Tunnel(wire, new TlsSessionInfo("TLSv1.3", "", "", source));
        DestConfig config =
                new DestConfig(
                        new Endpoint.Tcp(new HostPort("", 0)),
                        LocalUsers.anybody(),
                        Path.of("/"),
                        limits(1 << 20),
                        ImagesSync.NONE,
                        new HostFacts("x86_64", PAGE),
                        Timeouts.DEFAULT,
                        daemonTimeout,
                        false,
                        "dest");
        Admissions admissions = new Admissions(config.host(), SessionPolicy.ANY, slots);
        LazyServices services =
                new LazyServices(
                        config, admissions, Optional.of(daemons), (name, peer) -> target, workers);
        onLoop(
                () -> {
                    TunnelHandler handler = new TunnelHandler(new NoListener());
                    wire.pipeline().addLast(handler);
                    IncomingConnection connection =
                            new IncomingConnection(
                                    tunnel, loop, new SessionFacts("192.0.2.1:1", PAGE));
                    session =
                            (LazyDestSession)
                                    new LazySessions(services)
                                            .take(connection, hello())
                                            .orElseThrow();
                });
        awaitFrame(Accept.class);
    }

    static Hello hello() {
        return new Hello(
                "source",
                new HostFacts("x86_64", PAGE),
                Optional.of("web"),
                Optional.empty(),
                15_000,
                1,
                0,
                SessionRole.LAZY);
    }

    static DestLimits limits(long readAheadBytes) {
        return new DestLimits(1, Long.MAX_VALUE, 10, 1, 1, 1, 1, readAheadBytes);
    }

    /** Receives no events before the session takes the tunnel over. */
    private static final class NoListener implements TunnelListener {
        @Override
        public void onTunnelUp(Tunnel tunnel) {}

        @Override
        public void onFrame(Frame frame) {}

        @Override
        public void onWritabilityChanged(boolean writable) {}

        @Override
        public void onTunnelFailure(CloseReason reason, String message) {}
    }

    @AfterEach
    final void endSession() throws Exception {
        onLoop(() -> session.fail(CloseReason.SHUTDOWN, "the test is over"));
        over();
        onLoop(wire::finishAndReleaseAll);
        assertThat(slots.taken()).isZero();
        decoder.finishAndReleaseAll();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    void onLoop(Runnable task) throws Exception {
        loop.submit(task).get();
    }

    void peerSays(Frame frame) throws Exception {
        onLoop(
                () -> {
                    try {
                        session.onFrame(frame);
                    } catch (SessionException e) {
                        session.onTunnelFailure(e.reason(), e.getMessage());
                    }
                });
    }

    List<Frame> peerHears() throws Exception {
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

    void awaitFrame(Class<? extends Frame> type) {
        await().untilAsserted(() -> assertThat(peerHears()).hasAtLeastOneElementOfType(type));
    }

    SessionReport over() {
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

    static ByteBuf asked(PageRequest request) {
        ByteBuf out = Unpooled.buffer();
        request.write(LAYOUT, out);
        return out;
    }

    static ByteBuf end() {
        ByteBuf out = Unpooled.buffer();
        LAYOUT.write(PageRecord.end(PageCommand.FORCE_CLOSE), out);
        return out;
    }

    static ByteBuf answer(PageRequest request) {
        ByteBuf out = Unpooled.buffer();
        LAYOUT.write(
                PageRecord.pages(IMAGE, PageFlags.PRESENT, request.vaddr(), request.nrPages()),
                out);
        return out.writeZero((int) request.nrPages() * PAGE);
    }

    Block block(ByteBuf content) {
        int header = FrameLayout.BLOCK_HEADER_BYTES;
        ByteBuf raw = Unpooled.directBuffer(header + content.readableBytes());
        raw.setIndex(header, header).writeBytes(content.duplicate());
        try (BlockCompressor compressor = new BlockCompressor()) {
            decoder.writeInbound(encoder.encode(raw, compressor, raw.alloc()));
        }
        return decoder.readInbound();
    }

    final void assertFailed(CloseReason reason) {
        assertThat(over().outcome().reason()).isEqualTo(reason);
        assertThat(peerHeard).noneMatch(Done.class::isInstance);
    }
}
