package io.pageproxy.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.codec.BlockCodec;
import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.codec.Compressors;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Joined;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.net.Endpoint;
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
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.adaptive.AdaptiveCompression;
import io.pageproxy.source.adaptive.FakeLinkMetrics;
import io.pageproxy.source.adaptive.LinkMetrics;
import io.pageproxy.source.adaptive.SharedLink;
import io.pageproxy.source.dumper.Dumper;
import io.pageproxy.source.dumper.ScriptedDumper;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.KeepaliveHandler;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;
import io.pageproxy.tunnel.WireCounter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The whole source between a dumper and a peer that are both scripted. One file, since it is one
 * matrix: every stage of the one state machine against everything that can happen in it.
 */
class SourceSessionTest {
    private static final String STATUS_GOOD = "00000000";
    private static final String STATUS_FAILED = "ffffffff";
    private static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);
    private static final HostFacts HOST = new HostFacts("x86_64", ScriptedDumper.PAGE_SIZE_BYTES);
    private static final Accept ACCEPT =
            new Accept("dest", "4.2", RecordLayout.BYTES_32, "/srv/web", 15_000);
    private static final Result WHOLE = new Result(0, 1, 0, 0.1);

    private final SharedLink sharedLink = new SharedLink();
    private final EmbeddedChannel wire = new EmbeddedChannel();
    private final EmbeddedChannel peer = new EmbeddedChannel(new FrameDecoder());
    private final List<Frame> peerHeard = new ArrayList<>();
    private final List<Dumper> released = new ArrayList<>();
    private ScriptedDumper dumper;
    private TunnelListener furtherLane;
    private SourceSession session = session(DumpJudge.NOBODY);

    SourceSessionTest() {
        wire.freezeTime();
        wire.pipeline()
                .addLast(new WireCounter(), new FrameEncoder(), new KeepaliveHandler(15_000));
    }

    private SourceSession session(DumpJudge judge) {
        Hello hello = new Hello("source", HOST, Optional.of("web"), Optional.empty(), 15_000);
        return new SourceSession(
                new SessionPlan(
                        Endpoint.tcp("dest", 1),
                        hello,
                        CodecChoice.AUTO,
                        0,
                        Optional.empty(),
                        false,
                        judge,
                        Optional.of(Duration.ofSeconds(60))),
                wire.eventLoop(),
                (address, lane) -> {
                    furtherLane = lane;
                    return new EmbeddedChannel().newSucceededFuture();
                },
                new Compressors(wire.alloc(), 1),
                sharedLink,
                released::add);
    }

    @AfterEach
    void nothingIsLeftOpen() {
        peerHears();
        peerHeard.forEach(SourceSessionTest::release);
        wire.finishAndReleaseAll();
        peer.finishAndReleaseAll();
        if (dumper != null) {
            dumper.tidyUp();
        }
    }

    private static void release(Frame frame) {
        if (frame instanceof Block block && block.content().refCnt() > 0) {
            block.content().release();
        }
    }

    /** States in which both ends can do something; each is reached from the one before. */
    enum Stage {
        GREETING,
        READY,
        DUMPER_THERE,
        STREAMING,
        ENDING,
        CONCLUDING
    }

    private void reach(Stage stage) {
        switch (stage) {
            case GREETING ->
                    session.onTunnelUp(
                            new Tunnel(
                                    wire,
                                    new TlsSessionInfo(
                                            "TLSv1.3",
                                            "",
                                            "",
                                            "",
                                            new PeerIdentity(
                                                    "dest",
                                                    "",
                                                    "",
                                                    Instant.EPOCH,
                                                    PeerNames.NONE))));
            case READY -> {
                reach(Stage.GREETING);
                peerSays(ACCEPT);
            }
            case DUMPER_THERE -> {
                reach(Stage.READY);
                dumper = new ScriptedDumper(session, session::onDumper);
            }
            case STREAMING -> {
                reach(Stage.DUMPER_THERE);
                dumper.says(PageRecord.of(PageCommand.OPEN2, IMAGE));
            }
            case ENDING -> {
                reach(Stage.STREAMING);
                peerSays(new Answer(1, 0));
                assertThat(dumper.heard()).isEqualTo("00");
                dumper.says(PageRecord.end(PageCommand.FORCE_CLOSE));
            }
            case CONCLUDING -> {
                reach(Stage.ENDING);
                dumper.stopsListening();
                peerSays(WHOLE);
            }
        }
    }

    /** As the tunnel's handler does it. */
    private void peerSays(Frame frame) {
        try {
            session.onFrame(frame);
        } catch (SessionException e) {
            session.onTunnelFailure(e.reason(), e.getMessage());
        }
    }

    private void tunnelIsLost() {
        wire.close();
        session.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut");
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

    /** As a peer does that has read why: it hangs up. */
    private SessionReport over() {
        peerHears();
        if (!peerHeard.isEmpty() && peerHeard.get(peerHeard.size() - 1) instanceof Abort) {
            wire.close();
        }
        wire.runPendingTasks();
        assertThat(session.report()).isDone();
        return session.report().join();
    }

    private void failed(CloseReason reason, Stage stage) {
        assertThat(over().outcome().reason()).isEqualTo(reason);
        assertThat(released).isEmpty();
        if (dumper != null) {
            assertThat(dumper.isConnected()).isFalse();
            boolean awaitsStatus = stage == Stage.ENDING;
            assertThat(dumper.heard()).isEqualTo(awaitsStatus ? STATUS_FAILED : "");
        }
    }

    private void peerWasToldOf(CloseReason reason) {
        assertThat(peerHears())
                .last()
                .isInstanceOfSatisfying(
                        Abort.class, abort -> assertThat(abort.reason()).isEqualTo(reason));
        assertThat(peerHeard).noneMatch(Delivered.class::isInstance);
    }

    @Test
    void aGoodSessionSaysEachThingInItsTurn() {
        reach(Stage.STREAMING);
        peerSays(new Answer(1, 1));
        assertThat(dumper.heard()).isEqualTo("01");
        dumper.says(PageRecord.pages(IMAGE, PageFlags.PRESENT, 0, 2));
        dumper.sends(noise(2 * 4096));
        dumper.says(PageRecord.end(PageCommand.FORCE_CLOSE));
        assertThat(dumper.heard()).as("before Result").isEmpty();
        assertThat(session.report()).isNotDone();

        peerSays(new Result(0, 1, 2, 0.1));
        assertThat(dumper.heard()).isEqualTo(STATUS_GOOD);
        SessionReport report = over();
        assertThat(report.outcome().reason()).isEqualTo(CloseReason.PAGES_COMPLETE);
        assertThat(released).as("given back, for another session").hasSize(1);
        assertThat(dumper.isConnected()).isTrue();
        assertThat(report.totals()).isEqualTo(new StreamTotals(3 * 32 + 8192, 3, 1, 0, 2, 0));
        assertThat(report.peerName()).contains("dest");
        assertThat(report.imagesFolder()).contains("/srv/web");
        assertThat(report.pageServerExit()).isEqualTo(OptionalInt.of(0));
        assertThat(peerHears())
                .extracting(frame -> frame.getClass().getSimpleName())
                .containsSubsequence("Hello", "Open", "Block", "Block", "End", "Delivered");
        assertThatBlocksAgreeWithTheEnd();
    }

    private void assertThatBlocksAgreeWithTheEnd() {
        BlockDecoder decoder =
                new BlockDecoder(ScriptedDumper.PAGE_SIZE_BYTES, (index, pages, to) -> {});
        long streamBytes = 0;
        for (Frame frame : peerHeard) {
            if (frame instanceof Block block) {
                ByteBuf raw = decoder.decode(block, wire.alloc());
                streamBytes += raw.readableBytes();
                raw.release();
            } else if (frame instanceof End end) {
                assertThat(end.checksum()).isEqualTo(decoder.checksum());
                assertThat(end.totals().streamBytes()).isEqualTo(streamBytes);
            }
        }
    }

    /** A dumper that we have started has heard success, and its exit code is awaited. */
    private void awaitExit() {
        session = session(DumpJudge.EXIT_CODE);
        reach(Stage.ENDING);
        peerSays(WHOLE);
        assertThat(dumper.heard()).isEqualTo(STATUS_GOOD);
        assertThat(session.report()).isNotDone();
        assertThat(peerHears()).noneMatch(Delivered.class::isInstance);
    }

    private void dumperExits(int code) {
        session.onDumperExit(Optional.of(ExitStatus.exited(code)));
    }

    @Test
    void aDumpThatSucceedsIsDeliveredAsThat() {
        awaitExit();
        dumper.leaves();
        dumperExits(0);
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.COMPLETED);
        assertThat(over().dumperExit()).hasValue(0);
        assertThat(peerHears()).last().isEqualTo(new Delivered(true));
        assertThat(released).hasSize(1);
    }

    /** CRIU says CLOSE also where its dump has failed after the first pages. */
    @Test
    void aDumpThatFailsAfterItsPagesFailsTheSessionAtBothEnds() {
        awaitExit();
        dumper.leaves();
        dumperExits(7);
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMP_FAILED);
        assertThat(over().outcome().message()).contains("exit 7").doesNotContain("could not");
        assertThat(over().exitCode()).as("the dumper's own").isEqualTo(7);
        peerWasToldOf(CloseReason.DUMP_FAILED);
    }

    @Test
    void aDumpWhoseEndTheDestinationCannotHearIsJudgedAllTheSame() {
        awaitExit();
        tunnelIsLost();
        session.fail(CloseReason.SHUTDOWN, "told to stop");
        assertThat(session.report()).isNotDone();
        dumperExits(1);
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMP_FAILED);
        assertThat(over().outcome().message())
                .contains("could not be told so (the tunnel was cut)");
    }

    @Test
    void aDestinationThatEndsItWhileTheDumpEndsChangesNothingHere() {
        awaitExit();
        peerSays(new Abort(CloseReason.SESSION_TIMEOUT, "too long", Optional.empty()));
        dumperExits(0);
        assertThat(over().outcome().good()).isTrue();
        assertThat(over().outcome().message()).contains("session_timeout: too long");
    }

    @Test
    void aWrapperThatExitsBeforeItsDumperHeardAnythingTellsNothing() {
        session = session(DumpJudge.EXIT_CODE);
        reach(Stage.ENDING);
        dumperExits(0);
        peerSays(WHOLE);
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.PAGES_COMPLETE);
        assertThat(peerHears()).last().isEqualTo(new Delivered(false));
    }

    @Test
    void aDumperThatFailsWhileAnotherHoldsItsSocketOpenEndsTheSession() {
        session = session(DumpJudge.EXIT_CODE);
        reach(Stage.STREAMING);
        dumperExits(1);
        assertThat(session.report()).isNotDone();
        wire.advanceTimeBy(2, TimeUnit.SECONDS);
        wire.runScheduledPendingTasks();
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMPER_LOST);
        assertThat(over().outcome().message()).contains("exit 1");
    }

    @Test
    void aDumpOfAMigrationIsJudgedByTheMigration() {
        session = session(DumpJudge.MIGRATION);
        reach(Stage.ENDING);
        peerSays(WHOLE);
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.PAGES_COMPLETE);
        assertThat(peerHears()).last().isEqualTo(new Delivered(false));
    }

    @Test
    void aStreamWithoutAProcessIsOfADumpThatFailed() {
        reach(Stage.DUMPER_THERE);
        dumper.says(PageRecord.of(PageCommand.PARENT, IMAGE));
        peerSays(new Answer(4, 0));
        dumper.heard();
        dumper.says(PageRecord.end(PageCommand.CLOSE));
        failed(CloseReason.DUMP_FAILED, Stage.ENDING);
        peerWasToldOf(CloseReason.DUMP_FAILED);
    }

    @Test
    void onlyASessionWithoutADumperIsIdle() {
        reach(Stage.READY);
        assertThat(session.idle()).isTrue();
        dumper = new ScriptedDumper(session, session::onDumper);
        assertThat(session.idle()).isFalse();
        assertThat(session(DumpJudge.EXIT_CODE).idle()).isFalse();
    }

    static Stream<Arguments> unexpected() {
        return Stream.of(Stage.values())
                .filter(stage -> stage != Stage.CONCLUDING)
                .flatMap(
                        stage ->
                                Stream.of(
                                                new Hello(
                                                        "",
                                                        HOST,
                                                        Optional.empty(),
                                                        Optional.empty(),
                                                        1),
                                                ACCEPT,
                                                new Open(RecordLayout.BYTES_32),
                                                new Block(
                                                        0,
                                                        0,
                                                        1,
                                                        0,
                                                        Unpooled.wrappedBuffer(new byte[1])),
                                                new Answer(1, 0),
                                                new End(StreamTotals.NONE, 0),
                                                WHOLE,
                                                new Delivered())
                                        .filter(frame -> !isExpected(stage, frame))
                                        .map(frame -> Arguments.of(stage, frame)));
    }

    private static boolean isExpected(Stage stage, Frame frame) {
        return switch (stage) {
            case GREETING -> frame instanceof Accept;
            case STREAMING -> frame instanceof Answer;
            case ENDING -> frame instanceof Result;
            default -> false;
        };
    }

    @ParameterizedTest
    @MethodSource("unexpected")
    void aFrameOutOfItsTurnEndsTheSession(Stage stage, Frame frame) {
        reach(stage);
        peerSays(frame);
        assertThat(over().outcome())
                .extracting(Outcome::reason, Outcome::side)
                .containsExactly(CloseReason.TUNNEL_PROTOCOL, Side.SOURCE);
        assertThat(over().outcome().message()).contains(frame.getClass().getSimpleName());
        if (frame instanceof Block block) {
            assertThat(block.content().refCnt()).isZero();
        }
        peerWasToldOf(CloseReason.TUNNEL_PROTOCOL);
        assertThat(dumper == null ? "" : dumper.heard()).doesNotContain(STATUS_GOOD);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CONCLUDING")
    void aTunnelThatIsLostFailsTheDumper(Stage stage) {
        reach(stage);
        tunnelIsLost();
        failed(CloseReason.PEER_LOST, stage);
    }

    @Test
    void aTunnelThatIsLostWhileTheDumperHearsOfSuccessChangesNothing() {
        reach(Stage.CONCLUDING);
        tunnelIsLost();
        peerSays(new Answer(1, 0));
        assertThat(session.report()).isNotDone();
        dumper.takesWhatItWasTold();
        assertThat(over().outcome().good()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void anAbortOfTheDestinationFailsTheDumperWithItsReason(Stage stage) {
        reach(stage);
        peerSays(new Abort(CloseReason.NO_SPACE, "full", Optional.of("log")));
        assertThat(over().outcome())
                .isEqualTo(
                        new Outcome(
                                CloseReason.NO_SPACE,
                                Side.DESTINATION,
                                "full",
                                Optional.of("log")));
        if (stage != Stage.CONCLUDING) {
            failed(CloseReason.NO_SPACE, stage);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"DUMPER_THERE", "STREAMING", "ENDING", "CONCLUDING"})
    void aDumperThatLeavesIsToldToTheDestination(Stage stage) {
        reach(stage);
        dumper.leaves();
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMPER_LOST);
        peerWasToldOf(CloseReason.DUMPER_LOST);
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"GREETING", "READY", "DUMPER_THERE", "STREAMING", "ENDING"})
    void aSessionThatIsToldToStopFailsAtBothEnds(Stage stage) {
        reach(stage);
        assertThat(session.streaming()).isEqualTo(stage.compareTo(Stage.STREAMING) >= 0);
        session.fail(CloseReason.SHUTDOWN, "told to stop");
        failed(CloseReason.SHUTDOWN, stage);
        peerWasToldOf(CloseReason.SHUTDOWN);
        assertThat(session.streaming()).isFalse();
    }

    @Test
    void aFailureBeforeTheTunnelIsUpIsReportedAndTheTunnelThenToldSo() {
        session.fail(CloseReason.UNREACHABLE, "no route");
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.UNREACHABLE);
        reach(Stage.GREETING);
        peerWasToldOf(CloseReason.UNREACHABLE);
    }

    @Test
    void aResultOfOtherPagesThanWereSentIsNoSuccess() {
        reach(Stage.ENDING);
        peerSays(new Result(0, 1, 1, 0.1));
        failed(CloseReason.TUNNEL_PROTOCOL, Stage.ENDING);
    }

    @Test
    void aResultWithABadExitIsNoSuccess() {
        reach(Stage.ENDING);
        peerSays(new Result(1, 1, 0, 0.1));
        failed(CloseReason.TUNNEL_PROTOCOL, Stage.ENDING);
    }

    @Test
    void aSecondAnswerIsRefusedAndDoesNotReachTheDumper() {
        reach(Stage.STREAMING);
        peerSays(new Answer(1, 0));
        dumper.heard();
        peerSays(new Answer(1, 0));
        failed(CloseReason.TUNNEL_PROTOCOL, Stage.STREAMING);
    }

    @Test
    void aDumperThatBreaksItsProtocolIsCutOffAndToldOf() {
        reach(Stage.STREAMING);
        dumper.says(PageRecord.end(PageCommand.CLOSE));
        failed(CloseReason.DUMPER_PROTOCOL, Stage.STREAMING);
        peerWasToldOf(CloseReason.DUMPER_PROTOCOL);
    }

    @Test
    void aSecondDumperIsTurnedAwayAndTheFirstGoesOn() {
        reach(Stage.STREAMING);
        ScriptedDumper second = new ScriptedDumper(session, session::onDumper);
        assertThat(second.isConnected()).isFalse();
        second.tidyUp();
        assertThat(session.report()).isNotDone();
        assertThat(dumper.isConnected()).isTrue();
    }

    @Test
    void aDumperThatComesTooLateIsTurnedAway() {
        reach(Stage.READY);
        session.fail(CloseReason.SHUTDOWN, "told to stop");
        dumper = new ScriptedDumper(session, session::onDumper);
        assertThat(dumper.isConnected()).isFalse();
    }

    @Test
    void aDumperIsTurnedAwayUntilAllLanesHaveJoined() {
        reach(Stage.GREETING);
        peerSays(SourceLanesTest.granting(new LaneGrant(2, "0".repeat(64))));
        ScriptedDumper early = new ScriptedDumper(session, session::onDumper);
        assertThat(early.isConnected()).isFalse();
        early.tidyUp();
        assertThat(session.accepted()).isNotDone();
        assertThat(session.awaited()).contains("all 2 lanes");
        furtherLane.onFrame(new Joined(1));
        wire.runPendingTasks();
        assertThat(session.accepted()).isDone();
        dumper = new ScriptedDumper(session, session::onDumper);
        assertThat(dumper.isConnected()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"READY", "DUMPER_THERE", "STREAMING"})
    void aLaneThatIsLostBeforeTheEndFailsTheDumper(Stage stage) {
        reach(stage);
        session.onLaneFailure(CloseReason.PEER_LOST, "lane 1 of 2: the tunnel was cut");
        failed(CloseReason.PEER_LOST, stage);
        peerWasToldOf(CloseReason.PEER_LOST);
    }

    @Test
    void fromTheEndOnTheDestinationSaysWhetherAllHasCome() {
        reach(Stage.ENDING);
        session.onLaneFailure(CloseReason.PEER_LOST, "lane 1 of 2: the tunnel was cut");
        assertThat(dumper.isConnected()).as("the dumper still waits").isTrue();
        peerSays(WHOLE);
        assertThat(dumper.heard()).isEqualTo(STATUS_GOOD);
        assertThat(over().outcome().good()).isTrue();
    }

    @Test
    void aTunnelThatIsFullSlowsTheDumper() {
        reach(Stage.STREAMING);
        tunnelIsWritable(false);
        assertThat(dumper.isRead()).isFalse();
        tunnelIsWritable(true);
        assertThat(dumper.isRead()).isTrue();
    }

    private void tunnelIsWritable(boolean writable) {
        wire.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
        session.onWritabilityChanged(writable);
    }

    @Test
    void aSessionThatTakesTooLongFails() {
        reach(Stage.STREAMING);
        wire.advanceTimeBy(60, TimeUnit.SECONDS);
        wire.runScheduledPendingTasks();
        failed(CloseReason.SESSION_TIMEOUT, Stage.STREAMING);
        peerWasToldOf(CloseReason.SESSION_TIMEOUT);
    }

    private void carryTwoPages() {
        reach(Stage.STREAMING);
        peerSays(new Answer(1, 1));
        dumper.says(PageRecord.pages(IMAGE, PageFlags.PRESENT, 0, 2));
        dumper.sends(noise(2 * 4096));
        dumper.says(PageRecord.end(PageCommand.FORCE_CLOSE));
    }

    @Test
    void whatWasLearntOfTheLinkIsPassedOnOnceAllHasArrived() {
        carryTwoPages();
        assertThat(nextSessionKnowsTheLink()).isFalse();
        peerSays(new Result(0, 1, 2, 0.1));
        assertThat(over().outcome().good()).isTrue();
        assertThat(nextSessionKnowsTheLink()).isTrue();
    }

    @Test
    void whatAFailedSessionHasLearntOfTheLinkIsNotPassedOn() {
        carryTwoPages();
        tunnelIsLost();
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.PEER_LOST);
        assertThat(nextSessionKnowsTheLink()).isFalse();
    }

    @Test
    void theLinkIsSharedWithASessionFromItsFirstByteToItsEnd() {
        LinkMetrics other = sharedLink.seenBy(new FakeLinkMetrics(12));
        sharedLink.begin();
        reach(Stage.STREAMING);
        assertThat(other.nanosPerByte()).isEqualTo(6);
        tunnelIsLost();
        assertThat(other.nanosPerByte()).isEqualTo(12);
    }

    @Test
    void aSessionThatEndsWithoutAByteNeverHadAShare() {
        LinkMetrics other = sharedLink.seenBy(new FakeLinkMetrics(12));
        sharedLink.begin();
        sharedLink.begin();
        reach(Stage.DUMPER_THERE);
        tunnelIsLost();
        assertThat(other.nanosPerByte()).isEqualTo(6);
    }

    /** What is not compressed never leaves the session's thread. */
    private static ByteBuf noise(int bytes) {
        byte[] noise = new byte[bytes];
        new Random(1).nextBytes(noise);
        return Unpooled.wrappedBuffer(noise);
    }

    private boolean nextSessionKnowsTheLink() {
        FakeLinkMetrics link = new FakeLinkMetrics(0);
        new AdaptiveCompression(link, EnumSet.of(BlockCodec.STORED), 1, sharedLink.history())
                .select(ByteBuffer.allocateDirect(4096));
        return link.expected() >= 0;
    }
}
