package io.pageproxy.dest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
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
import io.pageproxy.dest.ingress.Handshakes;
import io.pageproxy.dest.lazy.ChildDaemons;
import io.pageproxy.dest.lazy.LazyDaemons;
import io.pageproxy.dest.migrate.MigrationRegistry;
import io.pageproxy.dest.policy.PolicyFile;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.references.WrittenChains;
import io.pageproxy.dest.references.WrittenPages;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.dest.session.SessionSlots;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Join;
import io.pageproxy.frame.Frame.Joined;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
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
import io.pageproxy.session.SessionName;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.SessionRole;
import io.pageproxy.session.Side;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.KeepaliveHandler;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelHandler;
import io.pageproxy.tunnel.WireCounter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The whole destination between a peer and a page server that are both scripted. One file, since it
 * is one matrix: every stage of the one state machine against everything that can happen in it.
 */
@Timeout(60)
class DestSessionTest {
    private static final EventLoopGroup GROUP = EventLoops.create("test", 1);

    /** Its two files, and three with it: the folder, the mark, the log. */
    private static final long FIRST_IMAGE_BYTES = 5 * 4096;

    private static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);
    private static final HostFacts HOST = new HostFacts("x86_64", 4096);
    private static final StreamTotals TOTALS = new StreamTotals(64, 2, 1, 0, 0, 0);

    @TempDir private Path temp;
    private Path imagesDir;
    private ScriptedPageServers pageServer;
    private final HeldWorkers workers = new HeldWorkers();
    private final SessionSlots slots = new SessionSlots(1);
    private final MigrationRegistry attachments = new MigrationRegistry(1, 1);
    private final PendingConnections pending = new PendingConnections();
    private final LaneRegistry registry = new LaneRegistry();
    private final WrittenChains chains = new WrittenChains();
    private final EventLoop loop = GROUP.next();
    private final EmbeddedChannel wire = new EmbeddedChannel();
    private final EmbeddedChannel decoder = new EmbeddedChannel(new FrameDecoder());
    private final BlockEncoder encoder =
            new BlockEncoder(LevelSelector.fixed(CompressionLevel.LZ4));
    private final List<Frame> peerHeard = new ArrayList<>();
    private long maxSessionBytes = 1 << 20;
    private int maxSessionImages = 10;
    private Duration pageServerTimeout = DestConfig.DEFAULT_PAGE_SERVER_TIMEOUT;
    private SessionPolicy policy = SessionPolicy.ANY;
    private PeerIdentity peer = new PeerIdentity("source", "", "", Instant.EPOCH, PeerNames.NONE);
    private Optional<LazyDaemons> lazyDaemons = Optional.empty();
    private DestSession session;

    @BeforeEach
    void prepare() throws IOException {
        imagesDir = Files.createDirectory(temp.resolve("images"));
        pageServer = new ScriptedPageServers(temp);
        wire.pipeline()
                .addLast(new WireCounter(), new FrameEncoder(), new KeepaliveHandler(15_000));
    }

    @AfterEach
    void tidyUp() throws Exception {
        workers.letGo();
        if (session != null) {
            onLoop(() -> session.fail(CloseReason.SHUTDOWN, "the test is over"));
            over();
            onLoop(wire::finishAndReleaseAll);
            assertThat(slots.taken()).isZero();
        }
        decoder.finishAndReleaseAll();
        workers.close();
        pageServer.close();
    }

    @AfterAll
    static void stopLoops() {
        GROUP.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** States in which both ends can do something; each is reached from one before. */
    enum Stage {
        GREETING,
        PREPARING,
        READY,
        STREAMING,
        CLOSING,
        CHECKING,
        REPORTED
    }

    private void reach(Stage stage) throws Exception {
        switch (stage) {
            case GREETING -> greet();
            case PREPARING -> {
                greet();
                workers.hold();
                peerSays(hello(Optional.of("web")));
            }
            case READY -> {
                greet();
                peerSays(hello(Optional.of("web")));
                awaitFrame(Accept.class);
            }
            case STREAMING -> {
                reach(Stage.READY);
                peerSays(new Open(RecordLayout.BYTES_32));
                peerSays(block(PageRecord.of(PageCommand.OPEN2, IMAGE)));
                assertThat(pageServer.heard()).hasSize(2 * 32);
                pageServer.says("00");
                awaitFrame(Answer.class);
            }
            case CLOSING -> {
                reach(Stage.STREAMING);
                peerSays(block(PageRecord.end(PageCommand.FORCE_CLOSE)));
                assertThat(pageServer.heard()).as("CLOSE before End").isEmpty();
                peerSays(new End(TOTALS, encoder.checksum()));
                assertThat(pageServer.heard()).hasSize(2 * 32).startsWith("2410");
            }
            case CHECKING -> {
                reach(Stage.CLOSING);
                workers.hold();
                pageServer.writesImages();
                pageServer.says("00000000");
                pageServer.exits(ExitStatus.exited(0));
            }
            case REPORTED -> {
                reach(Stage.CHECKING);
                assertThat(peerHears()).noneMatch(Result.class::isInstance);
                workers.letGo();
                awaitFrame(Result.class);
            }
        }
    }

    private void greet() throws Exception {
        DestConfig config =
                new DestConfig(
                        Endpoint.tcp("", 0),
                        LocalUsers.anybody(),
                        imagesDir,
                        new DestLimits(1, maxSessionBytes, maxSessionImages, 3, 1, 1, 1, 0),
                        ImagesSync.NONE,
                        HOST,
                        Timeouts.DEFAULT,
                        pageServerTimeout,
                        false,
                        "dest");
        onLoop(
                () -> {
                    session =
                            new DestSession(
                                    new DestServices(
                                            config,
                                            pageServer,
                                            policy,
                                            new Handshakes(1, 1),
                                            pending,
                                            slots,
                                            registry,
                                            chains,
                                            lazyDaemons,
                                            Restores.NONE,
                                            attachments,
                                            workers),
                                    loop,
                                    "192.0.2.1:1");
                    session.onTunnelUp(
                            new Tunnel(wire, new TlsSessionInfo("TLSv1.3", "", "", "", peer)));
                });
    }

    private static Hello hello(Optional<String> name) {
        return new Hello("source", HOST, name, Optional.empty(), 15_000, 1, 0);
    }

    private Block block(PageRecord page) {
        ByteBuf record = Unpooled.buffer();
        RecordLayout.BYTES_32.write(page, record);
        return block(record);
    }

    private Block block(ByteBuf content) {
        int header = FrameLayout.BLOCK_HEADER_BYTES;
        ByteBuf raw = Unpooled.directBuffer(header + content.readableBytes());
        raw.setIndex(header, header).writeBytes(content);
        decoder.writeInbound(encoder.encode(raw, new BlockCompressor(), raw.alloc()));
        return decoder.readInbound();
    }

    private void onLoop(Runnable task) throws Exception {
        loop.submit(task).get();
    }

    /** As the tunnel's handler does it. */
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

    /** The peer does as one that has read why: it hangs up. */
    private SessionReport over() {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> {
                            List<Frame> heard = peerHears();
                            if (!heard.isEmpty() && heard.get(heard.size() - 1) instanceof Abort) {
                                onLoop(wire::close);
                            }
                            return session.report().isDone();
                        });
        return session.report().join();
    }

    private Outcome failed(CloseReason reason) throws Exception {
        workers.letGo();
        Outcome outcome = over().outcome();
        assertThat(outcome.reason()).as(outcome.message()).isEqualTo(reason);
        return outcome;
    }

    private void peerWasToldOf(CloseReason reason) throws Exception {
        assertThat(peerHears())
                .last()
                .isInstanceOfSatisfying(
                        Abort.class, abort -> assertThat(abort.reason()).isEqualTo(reason));
    }

    private Path folder() {
        return imagesDir.resolve("web");
    }

    /** What a session that failed must leave: no process, no socket, no folder without images. */
    private void nothingIsLeft(Stage stage) throws Exception {
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

    @Test
    void aGoodSessionSaysEachThingInItsTurn() throws Exception {
        reach(Stage.REPORTED);
        assertThat(peerHeard)
                .extracting(frame -> frame.getClass().getSimpleName())
                .containsExactly("Accept", "Answer", "Result");
        assertThat(session.report()).isNotDone();
        peerSays(new Delivered(true));
        SessionReport report = over();
        assertThat(report.outcome().reason()).isEqualTo(CloseReason.COMPLETED);
        assertThat(report.totals()).isEqualTo(TOTALS);
        assertThat(report.pageServerExit()).isEqualTo(OptionalInt.of(0));
        assertThat(report.session()).contains("web");
        assertThat(report.peerName()).contains("source");
        assertThat(folder().resolve(".incomplete")).doesNotExist();
        assertThat(folder().resolve("pagemap-1.img")).exists();
    }

    @Test
    void aSessionWhoseSourceDoesNotKnowHowTheDumpEndedIsCalledThat() throws Exception {
        reach(Stage.REPORTED);
        peerSays(new Delivered(false));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.PAGES_COMPLETE);
        assertThat(over().outcome().message()).contains("pages complete");
        assertThat(mark()).doesNotExist();
    }

    @Test
    void aDumpThatFailedAfterItsPagesLeavesThemMarked() throws Exception {
        reach(Stage.REPORTED);
        peerSays(new Abort(CloseReason.DUMP_FAILED, "exit 1", Optional.empty()));
        assertThat(failed(CloseReason.DUMP_FAILED).message()).isEqualTo("exit 1");
        assertThat(mark()).content().contains("dump_failed: exit 1");
    }

    @Test
    void aStreamWithoutAProcessIsOfADumpThatFailed() throws Exception {
        reach(Stage.READY);
        peerSays(new Open(RecordLayout.BYTES_32));
        peerSays(block(PageRecord.of(PageCommand.PARENT, IMAGE)));
        pageServer.says("00000000");
        awaitFrame(Answer.class);
        peerSays(block(PageRecord.end(PageCommand.CLOSE)));
        peerSays(new End(new StreamTotals(64, 2, 0, 0, 0, 0), encoder.checksum()));
        failed(CloseReason.DUMP_FAILED);
        peerWasToldOf(CloseReason.DUMP_FAILED);
        nothingIsLeft(Stage.STREAMING);
    }

    @Test
    void aSourceThatIsToldToStopIsIdleOnlyBeforeItsStream() throws Exception {
        reach(Stage.READY);
        peerSays(new Abort(CloseReason.STOPPED_IDLE, "told to stop", Optional.empty()));
        assertThat(failed(CloseReason.STOPPED_IDLE).side()).isEqualTo(Side.SOURCE);
        assertThat(over().exitCode()).as("of a dest --once").isOne();
    }

    @Test
    void aSourceCannotCallTheEndOfItsStreamIdle() throws Exception {
        reach(Stage.STREAMING);
        peerSays(new Abort(CloseReason.STOPPED_IDLE, "told to stop", Optional.empty()));
        failed(CloseReason.SHUTDOWN);
    }

    static Stream<Arguments> unexpected() {
        return Stream.of(Stage.values())
                .flatMap(
                        stage ->
                                Stream.of(
                                                hello(Optional.of("other")),
                                                new Accept(
                                                        "",
                                                        "",
                                                        RecordLayout.BYTES_32,
                                                        "",
                                                        1,
                                                        Accept.STORED_AND_LZ4,
                                                        OptionalLong.empty(),
                                                        0,
                                                        LaneGrant.ONE),
                                                new Open(RecordLayout.BYTES_24),
                                                new Block(
                                                        0,
                                                        0,
                                                        0,
                                                        1,
                                                        0,
                                                        Unpooled.wrappedBuffer(new byte[1])),
                                                new Answer(1, 0),
                                                new End(TOTALS, 0),
                                                new Result(0, 1, 0, 0),
                                                new Delivered())
                                        .filter(frame -> !isExpected(stage, frame))
                                        .map(frame -> Arguments.of(stage, frame)));
    }

    private static boolean isExpected(Stage stage, Frame frame) {
        return switch (stage) {
            case GREETING -> frame instanceof Hello;
            case READY -> frame instanceof Open;
            case STREAMING -> frame instanceof Block || frame instanceof End;
            case REPORTED -> frame instanceof Delivered;
            default -> false;
        };
    }

    @ParameterizedTest
    @MethodSource("unexpected")
    void aFrameOutOfItsTurnEndsTheSession(Stage stage, Frame frame) throws Exception {
        reach(stage);
        peerSays(frame);
        assertThat(failed(CloseReason.TUNNEL_PROTOCOL).message())
                .contains(frame.getClass().getSimpleName());
        if (frame instanceof Block block) {
            assertThat(block.content().refCnt()).isZero();
        }
        peerWasToldOf(CloseReason.TUNNEL_PROTOCOL);
        nothingIsLeft(stage);
    }

    @ParameterizedTest
    @EnumSource
    void aTunnelThatIsLostLeavesNothing(Stage stage) throws Exception {
        reach(stage);
        onLoop(
                () -> {
                    wire.close();
                    session.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut");
                });
        String message = failed(CloseReason.PEER_LOST).message();
        assertThat(message.contains("before a restore")).isEqualTo(stage == Stage.REPORTED);
        nothingIsLeft(stage);
    }

    @ParameterizedTest
    @EnumSource
    void anAbortOfTheSourceLeavesNothing(Stage stage) throws Exception {
        reach(stage);
        peerSays(new Abort(CloseReason.DUMPER_LOST, "gone", Optional.empty()));
        assertThat(failed(CloseReason.DUMPER_LOST).side()).isEqualTo(Side.SOURCE);
        nothingIsLeft(stage);
    }

    /** The source says so only where its dumper has not heard success: its tasks run on. */
    @Test
    void imagesWhoseDumperHasHeardFailureAreMarkedAgain() throws Exception {
        reach(Stage.REPORTED);
        assertThat(mark()).doesNotExist();
        peerSays(new Abort(CloseReason.DUMPER_LOST, "the dumper left", Optional.empty()));
        assertThat(failed(CloseReason.DUMPER_LOST).message()).isEqualTo("the dumper left");
        assertThat(mark()).content().contains("dumper_lost: the dumper left");
    }

    @Test
    void imagesOfASessionThatFailsWhileTheirMarkIsRemovedAreMarkedAgain() throws Exception {
        reach(Stage.CHECKING);
        await().until(workers::letOneGo);
        await().until(() -> session.stateName().equals("marking"));
        onLoop(() -> session.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut"));
        failed(CloseReason.PEER_LOST);
        assertThat(mark()).content().contains("peer_lost: the tunnel was cut");
    }

    @Test
    void imagesThatCannotBeMarkedAgainAreSaidNotToBeUsed() throws Exception {
        reach(Stage.REPORTED);
        Files.createDirectory(mark());
        peerSays(new Abort(CloseReason.DUMPER_LOST, "the dumper left", Optional.empty()));
        assertThat(failed(CloseReason.DUMPER_LOST).message())
                .contains("the dumper left; do not restore its images")
                .contains("could not be marked");
    }

    private Path mark() {
        return folder().resolve(".incomplete");
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"READY", "STREAMING"})
    void aPageServerThatExitsBeforeItsTimeFailsTheSession(Stage stage) throws Exception {
        reach(stage);
        pageServer.exits(ExitStatus.exited(0));
        assertThat(failed(CloseReason.PAGE_SERVER_FAILED).message()).contains("exit 0");
        peerWasToldOf(CloseReason.PAGE_SERVER_FAILED);
        nothingIsLeft(stage);
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"READY", "CLOSING"})
    void aPageServerThatIsWaitedForAndDoesNothingIsKilled(Stage stage) throws Exception {
        pageServerTimeout = Duration.ofMillis(200);
        Process sleeping = new ProcessBuilder("sleep", "60").start();
        try {
            pageServer.isProcess(sleeping.pid());
            reach(stage);
            if (stage == Stage.READY) {
                peerSays(new Open(RecordLayout.BYTES_32));
                peerSays(block(PageRecord.of(PageCommand.OPEN2, IMAGE))); // and no answer
            }
            await().until(pageServer::hasEnded);
            assertThat(failed(CloseReason.PAGE_SERVER_FAILED).message())
                    .contains("has done nothing")
                    .contains("--page-server-timeout");
            peerWasToldOf(CloseReason.PAGE_SERVER_FAILED);
            nothingIsLeft(stage);
        } finally {
            sleeping.destroyForcibly();
        }
    }

    /** Between a dumper's words it may do nothing for as long as the dumper does. */
    @Test
    void aPageServerThatHasDoneAllThatWasAskedIsNotWaitedFor() throws Exception {
        pageServerTimeout = Duration.ofMillis(50);
        Process sleeping = new ProcessBuilder("sleep", "60").start();
        try {
            pageServer.isProcess(sleeping.pid());
            reach(Stage.STREAMING);
            await().during(Duration.ofMillis(300)).until(() -> !session.report().isDone());
            assertThat(pageServer.hasEnded()).isFalse();
        } finally {
            sleeping.destroyForcibly();
        }
    }

    @Test
    void aPageServerThatCannotBeKilledIsSaidAndItsFolderStaysMarked() throws Exception {
        pageServer.cannotBeKilled();
        reach(Stage.STREAMING);
        onLoop(() -> session.fail(CloseReason.SESSION_TIMEOUT, "too long"));
        assertThat(failed(CloseReason.SESSION_TIMEOUT).message()).contains("cannot be killed");
        assertThat(mark()).content().contains("too long");
    }

    @Test
    void aPageServerThatIsKilledAtTheEndFailsTheSession() throws Exception {
        reach(Stage.CLOSING);
        pageServer.writesImages();
        pageServer.exits(ExitStatus.killed(9));
        assertThat(failed(CloseReason.PAGE_SERVER_FAILED).message()).contains("SIGKILL");
        assertThat(over().pageServerExit()).isEqualTo(OptionalInt.of(137));
        assertThat(folder().resolve(".incomplete")).exists();
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"READY", "STREAMING", "CLOSING"})
    void anAnswerThatNobodyAskedForFailsTheSession(Stage stage) throws Exception {
        reach(stage);
        pageServer.says("01");
        failed(CloseReason.PAGE_SERVER_FAILED);
        nothingIsLeft(stage);
    }

    @Test
    void aStatusBeforeCloseWasHandedOnFailsTheSessionHere() throws Exception {
        reach(Stage.STREAMING);
        peerSays(block(PageRecord.end(PageCommand.CLOSE)));
        pageServer.says("00000000");
        failed(CloseReason.PAGE_SERVER_FAILED);
        assertThat(peerHears()).filteredOn(Answer.class::isInstance).hasSize(1);
    }

    @Test
    void aBadStatusFailsTheSession() throws Exception {
        reach(Stage.CLOSING);
        pageServer.says("ffffffff");
        failed(CloseReason.PAGE_SERVER_FAILED);
    }

    @Test
    void imagesThatAreNotThereAreNotWhole() throws Exception {
        reach(Stage.CLOSING);
        pageServer.says("00000000");
        pageServer.exits(ExitStatus.exited(0));
        failed(CloseReason.IMAGES_NOT_WHOLE);
        peerWasToldOf(CloseReason.IMAGES_NOT_WHOLE);
        assertThat(peerHeard).noneMatch(Result.class::isInstance);
    }

    @Test
    void anEndBeforeCloseIsRefused() throws Exception {
        reach(Stage.STREAMING);
        peerSays(new End(new StreamTotals(32, 1, 1, 0, 0, 0), encoder.checksum()));
        failed(CloseReason.TUNNEL_PROTOCOL);
        nothingIsLeft(Stage.STREAMING);
    }

    @Test
    void anEndOfOtherTotalsKeepsCloseBack() throws Exception {
        reach(Stage.STREAMING);
        peerSays(block(PageRecord.end(PageCommand.CLOSE)));
        peerSays(new End(new StreamTotals(64, 2, 1, 0, 1, 0), encoder.checksum()));
        assertThat(failed(CloseReason.TUNNEL_PROTOCOL).message()).contains("pages=1");
        assertThat(pageServer.heard()).isEmpty();
    }

    @Test
    void anEndOfAnotherChecksumKeepsCloseBack() throws Exception {
        reach(Stage.STREAMING);
        peerSays(block(PageRecord.end(PageCommand.CLOSE)));
        peerSays(new End(TOTALS, ~encoder.checksum()));
        failed(CloseReason.CHECKSUM_MISMATCH);
        assertThat(pageServer.heard()).isEmpty();
    }

    @Test
    void aStreamThatBreaksTheProtocolIsTheDumpersFault() throws Exception {
        reach(Stage.STREAMING);
        peerSays(block(PageRecord.pages(new ImageId(Kind.PROCESS, 2), 4, 0, 1)));
        failed(CloseReason.DUMPER_PROTOCOL);
        nothingIsLeft(Stage.STREAMING);
    }

    @Test
    void aBlockThatCutsARecordIsTheSourcesFault() throws Exception {
        reach(Stage.STREAMING);
        peerSays(block(Unpooled.wrappedBuffer(new byte[5])));
        failed(CloseReason.TUNNEL_PROTOCOL);
    }

    @Test
    void aStreamLongerThanAllowedIsRefused() throws Exception {
        maxSessionBytes = FIRST_IMAGE_BYTES + 63;
        reach(Stage.STREAMING);
        peerSays(block(PageRecord.end(PageCommand.CLOSE)));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message())
                .contains("--max-session-bytes " + maxSessionBytes);
    }

    @Test
    void anImageTooManyNeverReachesThePageServer() throws Exception {
        maxSessionImages = 1;
        reach(Stage.STREAMING);
        peerSays(block(PageRecord.of(PageCommand.OPEN2, new ImageId(Kind.PROCESS, 2))));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message()).contains("--max-session-images 1");
        peerWasToldOf(CloseReason.LIMIT_EXCEEDED);
        assertThat(pageServer.heard()).isEmpty();
        nothingIsLeft(Stage.STREAMING);
    }

    @Test
    void theFilesOfAnImageCountAsBytesOfTheSession() throws Exception {
        maxSessionBytes = FIRST_IMAGE_BYTES + 8191;
        reach(Stage.STREAMING);
        peerSays(block(PageRecord.of(PageCommand.OPEN2, new ImageId(Kind.PROCESS, 2))));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message())
                .contains("--max-session-bytes " + maxSessionBytes);
        assertThat(pageServer.heard()).isEmpty();
    }

    @Test
    void aSessionMoreThanAllowedIsRefusedAndTakesNoSlot() throws Exception {
        slots.take();
        greet();
        peerSays(hello(Optional.of("web")));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message()).contains("--max-sessions 1");
        assertThat(slots.taken()).isOne();
        slots.giveBack();
        assertThat(imagesDir).isEmptyDirectory();
    }

    private Hello helloOfLanes(int lanes) {
        return new Hello("source", HOST, Optional.of("web"), Optional.empty(), 15_000, lanes, 0);
    }

    @Test
    void noMoreLanesAreGrantedThanAllowedAndAStreamWithoutThemIsRefused() throws Exception {
        greet();
        peerSays(helloOfLanes(16));
        awaitFrame(Accept.class);
        assertThat(peerHeard)
                .last()
                .isInstanceOfSatisfying(
                        Accept.class, accept -> assertThat(accept.grant().lanes()).isEqualTo(3));
        assertThat(registry.size()).isOne();
        peerSays(new Open(RecordLayout.BYTES_32));
        assertThat(failed(CloseReason.TUNNEL_PROTOCOL).message()).contains("lane 1 has not joined");
        assertThat(over().lanes()).isEqualTo(3);
        await().until(() -> registry.size() == 0);
    }

    @Test
    void aSourceThatDoesNotReadItsAnswersIsAskedForNoMore() throws Exception {
        reach(Stage.STREAMING);
        onLoop(() -> session.onWritabilityChanged(false));
        assertThat(wire.config().isAutoRead()).isFalse();
        onLoop(() -> session.onPageServerWritable(false));
        onLoop(() -> session.onWritabilityChanged(true));
        assertThat(wire.config().isAutoRead()).as("while the page server is slow").isFalse();
        onLoop(() -> session.onPageServerWritable(true));
        assertThat(wire.config().isAutoRead()).isTrue();
    }

    @Test
    void aBlockWhosePagesMustBeReadFromADiskWaitsForAWorkerAndKeepsItsPlace() throws Exception {
        secondRound(new byte[] {7});
        workers.hold();
        peerSays(secondPage());
        assertThat(wire.config().isAutoRead()).as("reads on").isFalse();
        assertThat(pageServer.heard()).isEmpty();
        workers.letGo();
        await().until(() -> wire.config().isAutoRead());
        String record = pageServer.heard();
        assertThat(record).hasSize(2 * (32 + HOST.pageSizeBytes())).endsWith("07".repeat(4096));
        peerSays(new End(new StreamTotals(0, 0, 0, 0, 0, 0), 0));
        failed(CloseReason.TUNNEL_PROTOCOL);
    }

    @Test
    void aPageThatAWorkerCannotReadBackFailsTheSession() throws Exception {
        secondRound(new byte[0]);
        peerSays(secondPage());
        assertThat(failed(CloseReason.PAGE_SERVER_FAILED).message()).contains("pages-1.img");
    }

    @Test
    void aBlockThatIsNotWhatWasSentFailsTheSessionAfterItsPagesWereReadToo() throws Exception {
        secondRound(new byte[] {8});
        peerSays(secondPage());
        failed(CloseReason.CHECKSUM_MISMATCH);
    }

    @Test
    void aSessionThatEndsWhileAWorkerReadsItsPagesWaitsForNothingAndClosesTheFilesAfterIt()
            throws Exception {
        secondRound(new byte[] {7});
        workers.hold();
        peerSays(secondPage());
        peerSays(new Abort(CloseReason.DUMPER_LOST, "gone", Optional.empty()));
        failed(CloseReason.DUMPER_LOST);
    }

    /** A session whose parent has one page, full of that byte; none where there is none. */
    private void secondRound(byte[] pageByte) throws Exception {
        Path parent = Files.createDirectory(imagesDir.resolve("before"));
        byte[] page = new byte[pageByte.length * HOST.pageSizeBytes()];
        if (pageByte.length > 0) {
            Arrays.fill(page, pageByte[0]);
        }
        Files.write(parent.resolve("pages-1.img"), page);
        Files.createFile(parent.resolve("pagemap-1.img"));
        WrittenPages first = new WrittenPages(HOST.pageSizeBytes());
        first.begin(parent.toRealPath(), List.of());
        first.onRecord(PageRecord.of(PageCommand.OPEN2, IMAGE));
        first.onRecord(PageRecord.pages(IMAGE, PageFlags.PRESENT, 0, 1));
        chains.add(first, peer.fingerprint());
        greet();
        peerSays(
                new Hello(
                        "source",
                        HOST,
                        Optional.of("web"),
                        Optional.of("before"),
                        15_000,
                        1,
                        1,
                        SessionRole.PUSH));
        awaitFrame(Accept.class);
        assertThat(peerHears())
                .last()
                .isInstanceOfSatisfying(
                        Accept.class, accept -> assertThat(accept.earlierPages()).isOne());
        peerSays(new Open(RecordLayout.BYTES_32));
        peerSays(block(PageRecord.of(PageCommand.OPEN2, IMAGE)));
        pageServer.says("00");
        awaitFrame(Answer.class);
        assertThat(pageServer.heard()).hasSize(2 * 32);
    }

    /** The block of one page, full of the byte 7, which the round before has sent. */
    private static Block secondPage() {
        byte[] page = new byte[HOST.pageSizeBytes()];
        Arrays.fill(page, (byte) 7);
        ByteBuf content = Unpooled.directBuffer();
        RecordLayout.BYTES_32.write(PageRecord.of(PageCommand.OPEN2, IMAGE), content);
        CRC32C checksum = new CRC32C();
        checksum.update(content.nioBuffer());
        content.clear();
        RecordLayout.BYTES_32.write(PageRecord.pages(IMAGE, PageFlags.PRESENT, 0, 1), content);
        checksum.update(content.nioBuffer());
        checksum.update(page);
        content.writeInt(32).writeInt(1).writeLong(0);
        int rawBytes = 32 + page.length;
        return new Block(1, 0, 1, rawBytes, (int) checksum.getValue(), content);
    }

    @Test
    void aConnectionIsPendingUntilItsSessionIsAdmitted() throws Exception {
        reach(Stage.GREETING);
        assertThat(pending.count(peer)).isOne();
        peerSays(hello(Optional.of("web")));
        assertThat(pending.count(peer)).isZero();
    }

    @Test
    void aConnectionWhoseSessionIsRefusedIsPendingUntilItIsClosed() throws Exception {
        slots.take();
        reach(Stage.GREETING);
        peerSays(hello(Optional.of("web")));
        slots.giveBack();
        assertThat(pending.count(peer)).isOne();
        failed(CloseReason.LIMIT_EXCEEDED);
        assertThat(pending.count(peer)).isZero();
    }

    @Test
    void aConnectionThatMayNotJoinIsRefusedAndTakesNoSlot() throws Exception {
        greet();
        peerSays(new Join("0".repeat(64), 1));
        assertThat(failed(CloseReason.TUNNEL_PROTOCOL).message()).contains("no session of this");
        peerWasToldOf(CloseReason.TUNNEL_PROTOCOL);
        assertThat(imagesDir).isEmptyDirectory();
    }

    @Test
    void aConnectionThatJoinsIsNoSessionAndStaysOpenForTheOther() throws Exception {
        LaneInvitation invitation = registry.invite(2, Peers.peer("source", ""), 15_000);
        SeveralLanes other =
                new SeveralLanes(
                        Peers.tunnel(new EmbeddedChannel(), "source", ""),
                        invitation,
                        loop,
                        block -> {},
                        end -> {},
                        (reason, message) -> {});
        wire.pipeline().addLast(new TunnelHandler(session));
        greet();
        peerSays(new Join(invitation.grant().token(), 1));
        assertThat(session.report().join().outcome().reason()).isEqualTo(CloseReason.JOINED);
        awaitFrame(Joined.class);
        assertThat(wire.isOpen()).isTrue();
        onLoop(other::over);
    }

    @Test
    void hostsThatDifferAreRefusedBeforeAnythingIsMade() throws Exception {
        greet();
        HostFacts arm = new HostFacts("aarch64", 4096);
        peerSays(new Hello("source", arm, Optional.of("web"), Optional.empty(), 1, 1, 0));
        failed(CloseReason.INCOMPATIBLE_HOSTS);
        peerWasToldOf(CloseReason.INCOMPATIBLE_HOSTS);
        assertThat(imagesDir).isEmptyDirectory();
    }

    @Test
    void aNameThatCannotBeUsedIsRefused() throws Exception {
        greet();
        peerSays(hello(Optional.of("../etc")));
        failed(CloseReason.SESSION_INVALID);
        assertThat(imagesDir).isEmptyDirectory();
    }

    @Test
    void aPageServerThatCannotBeStartedLeavesNothing() throws Exception {
        pageServer.refuse(new IOException("no such program"));
        greet();
        peerSays(hello(Optional.of("web")));
        assertThat(failed(CloseReason.PAGE_SERVER_FAILED).message()).contains("no such program");
        nothingIsLeft(Stage.GREETING);
    }

    @Test
    void aFolderThatHoldsPagesIsRefusedAndLeftAsItWas() throws Exception {
        Path image = Files.createDirectory(folder()).resolve("pages-1.img");
        Files.writeString(image, "precious");
        greet();
        peerSays(hello(Optional.of("web")));
        failed(CloseReason.IMAGES_DIR_REFUSED);
        assertThat(image).hasContent("precious");
        assertThat(folder().resolve(".incomplete")).doesNotExist();
    }

    @Test
    void aPageServerThatCannotStartAfterTheSessionIsOverLeavesNothing() throws Exception {
        pageServer.refuse(new IOException("no such program"));
        reach(Stage.PREPARING);
        onLoop(() -> session.fail(CloseReason.SHUTDOWN, "told to stop"));
        failed(CloseReason.SHUTDOWN);
        nothingIsLeft(Stage.PREPARING);
    }

    /** A policy with one entry, for a peer that bears that name. */
    private void policy(String limits) throws Exception {
        Path file = temp.resolve("policy.yaml");
        Files.writeString(file, "peers: [{dns: [web.example], sessions: [web]" + limits + "}]");
        policy = new PolicyFile(file);
        peer =
                new PeerIdentity(
                        "source",
                        "",
                        "",
                        Instant.EPOCH,
                        new PeerNames(List.of("web.example"), List.of(), Optional.empty()));
    }

    @Test
    void anotherPeersSessionIsRefusedBeforeAnythingIsMade() throws Exception {
        policy(", max-sessions: 1");
        greet();
        peerSays(hello(Optional.of("db")));
        assertThat(failed(CloseReason.SESSION_NOT_ALLOWED).message()).contains("'db'");
        peerWasToldOf(CloseReason.SESSION_NOT_ALLOWED);
        assertThat(imagesDir).isEmptyDirectory();
        assertThat(slots.taken()).isZero();
    }

    @Test
    void anotherPeersSessionIsNoParentEither() throws Exception {
        policy("");
        Files.createDirectory(imagesDir.resolve("db"));
        greet();
        peerSays(new Hello("source", HOST, Optional.of("web"), Optional.of("db"), 15_000, 1, 0));
        assertThat(failed(CloseReason.SESSION_NOT_ALLOWED).message()).contains("parent 'db'");
        assertThat(folder()).doesNotExist();
    }

    @Test
    void aSessionWithoutANameNeedsLeaveOfItsOwn() throws Exception {
        policy("");
        greet();
        peerSays(hello(Optional.empty()));
        failed(CloseReason.SESSION_NOT_ALLOWED);
        assertThat(imagesDir).isEmptyDirectory();
    }

    @Test
    void aPeerThatNoEntryNamesAnyMoreIsRefused() throws Exception {
        policy("");
        peer = new PeerIdentity("source", "", "", Instant.EPOCH, PeerNames.NONE);
        greet();
        peerSays(hello(Optional.of("web")));
        failed(CloseReason.PEER_NOT_TRUSTED);
        assertThat(imagesDir).isEmptyDirectory();
    }

    @Test
    void aLazySessionIsRefusedWhereThereIsNoCommandForIt() throws Exception {
        greet();
        peerSays(lazyHello());
        assertThat(failed(CloseReason.SESSION_NOT_ALLOWED).message())
                .contains("-- criu lazy-pages");
        peerWasToldOf(CloseReason.SESSION_NOT_ALLOWED);
        assertThat(slots.taken()).isZero();
        assertThat(imagesDir).isEmptyDirectory();
    }

    @Test
    void aCommitOfAMigrationThatNobodyKnowsIsRefused() throws Exception {
        greet();
        peerSays(new Recommit("ab".repeat(32), 15_000));
        assertThat(failed(CloseReason.SESSION_INVALID).message()).contains("started anew");
        peerWasToldOf(CloseReason.SESSION_INVALID);
        assertThat(slots.taken()).isZero();
    }

    @Test
    void aLazySessionNeedsThePolicysLeave() throws Exception {
        policy("");
        lazyDaemons = Optional.of(daemonsThatCannotStart());
        greet();
        peerSays(lazyHello());
        assertThat(failed(CloseReason.SESSION_NOT_ALLOWED).message()).contains("lazy: true");
        assertThat(slots.taken()).isZero();
    }

    @Test
    void aLazySessionThatIsAllowedStartsTheCommand() throws Exception {
        policy(", lazy: true, max-sessions: 1");
        lazyDaemons = Optional.of(daemonsThatCannotStart());
        greet();
        wire.pipeline().addLast(new TunnelHandler(session));
        peerSays(lazyHello());
        assertThat(failed(CloseReason.LOCAL_FAILURE).message()).isEqualTo("started");
        assertThat(slots.taken()).isZero();
        assertThat(imagesDir).isEmptyDirectory();
    }

    private static LazyDaemons daemonsThatCannotStart() {
        return new ChildDaemons(
                spec -> {
                    throw new IOException("started");
                },
                List.of("criu", "lazy-pages"),
                "4.2",
                RecordLayout.BYTES_32);
    }

    private static Hello lazyHello() {
        return new Hello(
                "source",
                HOST,
                Optional.of("web"),
                Optional.empty(),
                15_000,
                1,
                0,
                SessionRole.LAZY);
    }

    @ParameterizedTest
    @CsvSource({"max-session-bytes", "max-day-bytes"})
    void whatIsTooMuchForThePeerNeverReachesThePageServer(String limit) throws Exception {
        long most = FIRST_IMAGE_BYTES + 63;
        policy(", " + limit + ": " + most);
        reach(Stage.STREAMING);
        peerSays(block(PageRecord.pages(IMAGE, PageFlags.PARENT, 0, 1)));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message()).contains(limit + " " + most);
        peerWasToldOf(CloseReason.LIMIT_EXCEEDED);
        assertThat(pageServer.heard()).isEmpty();
        nothingIsLeft(Stage.STREAMING);
    }

    @Test
    void anImageTooManyForThePeerNeverReachesThePageServer() throws Exception {
        policy(", max-session-images: 1");
        reach(Stage.STREAMING);
        peerSays(block(PageRecord.of(PageCommand.OPEN2, new ImageId(Kind.PROCESS, 2))));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message()).contains("max-session-images 1");
        assertThat(pageServer.heard()).isEmpty();
    }

    /** With one session at a time: each end gives it back, whatever the state it came in. */
    @ParameterizedTest
    @EnumSource
    void eachEndGivesThePeersSessionBack(Stage stage) throws Exception {
        policy(", max-sessions: 1");
        reach(stage);
        onLoop(() -> session.fail(CloseReason.SHUTDOWN, "told to stop"));
        failed(CloseReason.SHUTDOWN);
        SessionName web = new SessionName("web");
        policy.admit(peer, Optional.of(web), Optional.empty());
        assertThatThrownBy(() -> policy.admit(peer, Optional.of(web), Optional.empty()))
                .hasMessageContaining("max-sessions 1");
    }

    @Test
    void aPeersSessionTooManyIsRefusedAndTakesNoSlot() throws Exception {
        policy(", max-sessions: 1");
        SessionGrant other =
                policy.admit(peer, Optional.of(new SessionName("web")), Optional.empty());
        greet();
        peerSays(hello(Optional.of("web")));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message()).contains("max-sessions 1");
        assertThat(imagesDir).isEmptyDirectory();
        assertThat(slots.taken()).isZero();
        other.giveBack();
        policy.admit(peer, Optional.of(new SessionName("web")), Optional.empty());
    }

    @Test
    void aSessionThatFindsNoSlotGivesThePeersBack() throws Exception {
        policy(", max-sessions: 1");
        slots.take();
        greet();
        peerSays(hello(Optional.of("web")));
        assertThat(failed(CloseReason.LIMIT_EXCEEDED).message()).contains("--max-sessions 1");
        slots.giveBack();
        policy.admit(peer, Optional.of(new SessionName("web")), Optional.empty());
    }

    @Test
    void thePageServerGetsThePeersArguments() throws Exception {
        policy(", page-server-args: [--auto-dedup, -v4]");
        reach(Stage.READY);
        assertThat(pageServer.arguments()).containsExactly("--auto-dedup", "-v4");
    }
}
