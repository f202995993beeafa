package io.pageproxy.dest.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.codec.BlockCompressor;
import io.pageproxy.codec.BlockEncoder;
import io.pageproxy.codec.CompressionLevel;
import io.pageproxy.codec.LevelSelector;
import io.pageproxy.codec.OutgoingBlock;
import io.pageproxy.dedup.PageDeduplicator;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.dest.HeldWorkers;
import io.pageproxy.dest.Peers;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.lanes.LaneRegistry;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.references.WrittenChains;
import io.pageproxy.dest.session.Admissions;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.dest.session.SessionSlots;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Open;
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
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Flips bits in the frames of a session from OPEN to END, without the TLS that would detect it: the
 * page server never receives CLOSE, so that nobody is told of a success.
 */
@Timeout(300)
class FlippedBitTest {
    private static final EventLoopGroup GROUP = EventLoops.create("test", 1);
    private static final int PAGE = 4096;
    private static final HostFacts HOST = new HostFacts("x86_64", PAGE);
    private static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);
    private static final RecordLayout LAYOUT = RecordLayout.BYTES_32;

    /** FORCE_CLOSE as the page server receives it; nothing else has so many zeros in a row. */
    private static final String CLOSE = "2410" + "0".repeat(60);

    /** Only about one in so many bytes of the block of pages is tried. */
    private static final int STEP_IN_CONTENT_BYTES = 29;

    @TempDir private Path temp;
    private final EventLoop loop = GROUP.next();
    private final HeldWorkers workers = new HeldWorkers();
    private final ByteBuf stream = Unpooled.buffer();
    private final ByteBuf wire = Unpooled.buffer();
    private int openingBytes;
    private int contentStart;
    private int contentEnd;
    private int runs;

    @AfterEach
    void tidyUp() {
        workers.close();
    }

    @AfterAll
    static void stopLoops() {
        GROUP.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** Records the frames for a process of two pages, one of text and one of zeros. */
    private void record(CompressionLevel level) {
        EmbeddedChannel encoded = new EmbeddedChannel(new FrameEncoder());
        BlockEncoder encoder = new BlockEncoder(LevelSelector.fixed(level));
        try (BlockCompressor compressor = new BlockCompressor()) {
            encoded.writeOutbound(new Open(LAYOUT));
            encoded.writeOutbound(
                    block(encoder, compressor, PageRecord.of(PageCommand.OPEN2, IMAGE), ""));
            drain(encoded);
            openingBytes = wire.readableBytes();
            String text = "to freeze and to thaw, ".repeat(PAGE / 23 + 1).substring(0, PAGE);
            PageRecord run = PageRecord.pages(IMAGE, PageFlags.PRESENT, 0x10000, 2);
            contentStart = openingBytes + FrameLayout.BLOCK_HEADER_BYTES;
            encoded.writeOutbound(block(encoder, compressor, run, text + "\0".repeat(PAGE)));
            drain(encoded);
            contentEnd = wire.readableBytes();
            encoded.writeOutbound(
                    block(encoder, compressor, PageRecord.end(PageCommand.FORCE_CLOSE), ""));
            StreamTotals totals = new StreamTotals(stream.readableBytes(), 3, 1, 0, 2, 0);
            encoded.writeOutbound(new End(totals, encoder.checksum()));
            drain(encoded);
        }
    }

    private ByteBuf block(
            BlockEncoder encoder, BlockCompressor compressor, PageRecord page, String content) {
        int header = FrameLayout.BLOCK_HEADER_BYTES;
        ByteBuf plain = Unpooled.directBuffer(4 * PAGE).setIndex(header, header);
        PageRuns pageRuns = new PageRuns(PAGE, 0);
        LAYOUT.write(page, plain);
        pageRuns.beginBlock(header, 0);
        pageRuns.onRecord(page);
        int pagesAt = plain.writerIndex();
        plain.writeCharSequence(content, StandardCharsets.US_ASCII);
        pageRuns.onPages(plain, pagesAt, content.length());
        pageRuns.endBlock(0);
        stream.writeBytes(plain, header, plain.readableBytes());
        return frame(encoder.begin(plain), pageRuns, compressor);
    }

    private static ByteBuf frame(OutgoingBlock block, PageRuns runs, BlockCompressor compressor) {
        ByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
        try (PageDeduplicator pages = new PageDeduplicator(PAGE, 0)) {
            pages.begin(0, 0, false);
            block.deduplicate(pages, runs, allocator);
        }
        block.selectLevel();
        block.compress(compressor, allocator);
        return block.toFrame();
    }

    private void drain(EmbeddedChannel encoded) {
        for (ByteBuf frame; (frame = encoded.readOutbound()) != null; frame.release()) {
            wire.writeBytes(frame);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "LZ4"})
    void flippedBitNeverResultsInClose(CompressionLevel level) throws Exception {
        record(level);
        byte[] sent = ByteBufUtil.getBytes(wire);
        String whole = ByteBufUtil.hexDump(stream);
        assertThat(pageServerHears(sent)).as("without a flip").isEqualTo(whole);
        Random random = new Random(5);
        for (int at = 0; at < sent.length; at++) {
            boolean inContent = at >= contentStart && at < contentEnd;
            if (inContent && random.nextInt(STEP_IN_CONTENT_BYTES) > 0) {
                continue;
            }
            byte[] flipped = sent.clone();
            int bit = random.nextInt(Byte.SIZE);
            flipped[at] ^= (byte) (1 << bit);
            String heard = pageServerHears(flipped);
            boolean sameDecodedContent =
                    inContent && level != CompressionLevel.NONE && heard.equals(whole);
            if (!sameDecodedContent) {
                assertThat(heard)
                        .as("bit %d of byte %d of %d", bit, at, sent.length)
                        .doesNotContain(CLOSE);
            }
        }
    }

    /** Runs a session on these bytes and returns what the page server received, in hexadecimal. */
    private String pageServerHears(byte[] bytes) throws Exception {
        Path folder = Files.createDirectory(temp.resolve("run-" + runs++));
        EmbeddedChannel channel = new EmbeddedChannel();
        try (ScriptedPageServers pageServer = new ScriptedPageServers(folder)) {
            PushSession session = beginSession(folder, pageServer, channel);
            say(channel, bytes, 0, openingBytes);
            String opening = pageServer.heard();
            if (!opening.isEmpty()) {
                pageServer.says("00");
                awaitBytes(session, channel);
            }
            say(channel, bytes, openingBytes, bytes.length);
            String heard = opening + pageServer.heard();
            loop.submit(() -> session.fail(CloseReason.SHUTDOWN, "the test is over")).get();
            loop.submit(channel::finishAndReleaseAll).get();
            session.report().get(30, TimeUnit.SECONDS);
            return heard;
        }
    }

    private PushSession beginSession(
            Path folder, ScriptedPageServers servers, EmbeddedChannel channel) throws Exception {
        DestConfig config =
                new DestConfig(
                        new Endpoint.Tcp(new HostPort("", 0)),
                        LocalUsers.anybody(),
                        Files.createDirectory(folder.resolve("images")),
                        new DestLimits(1, 1 << 20, 10, 1, 1, 1, 1, 0),
                        ImagesSync.NONE,
                        HOST,
                        Timeouts.DEFAULT,
                        DestConfig.DEFAULT_PAGE_SERVER_TIMEOUT,
                        false,
                        "dest");
        PushServices services =
                new PushServices(
                        config,
                        new Admissions(HOST, SessionPolicy.ANY, new SessionSlots(1)),
                        SessionPolicy.ANY,
                        servers,
                        new LaneRegistry(),
                        new WrittenChains(),
                        new ScriptedMigrations(),
                        workers);
        Hello hello = new Hello("source", HOST, Optional.of("web"), Optional.empty(), 15_000, 1, 0);
        PushSession session =
                loop.submit(() -> begin(services, Peers.tunnel(channel, "source", ""), hello))
                        .get();
        awaitBytes(session, channel);
        return session;
    }

    private PushSession begin(PushServices services, Tunnel tunnel, Hello hello) {
        IncomingConnection connection =
                new IncomingConnection(tunnel, loop, new SessionFacts("192.0.2.1:1", PAGE));
        PushSession session =
                new PushSession(
                        services,
                        connection,
                        hello,
                        services.admissions().admit(connection, hello));
        tunnel.channel().pipeline().addLast(new FrameDecoder(), new TunnelHandler(session));
        session.begin();
        return session;
    }

    private void say(EmbeddedChannel channel, byte[] bytes, int from, int to) throws Exception {
        loop.submit(
                        () -> {
                            if (channel.isOpen()) {
                                channel.writeInbound(Unpooled.copiedBuffer(bytes, from, to - from));
                            }
                        })
                .get();
    }

    /** Waits until the session sends something or is over. */
    private void awaitBytes(PushSession session, EmbeddedChannel channel) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> session.report().isDone() || loop.submit(() -> heard(channel)).get());
    }

    private static boolean heard(EmbeddedChannel channel) {
        ByteBuf bytes = channel.readOutbound();
        if (bytes == null) {
            return false;
        }
        bytes.release();
        return true;
    }
}
